# Sourced by tests: a Slurm of the test's own on this machine, with two nodes
# of a processor each, in the folder $slurm.  No service of the system's is
# touched: ports, keys and files are its own.
#
#	slurm_missing	says which of its programs are not here, or why not
#	slurm_start	starts it, and waits until both nodes are idle
#	slurm_stop	ends it
#	slurm_part NAME	starts munged, slurmctld, n1 or n2 (again)
#	slurm_pid NAME	its process
#	slurm_kill NAME	kills it
#	slurm_resume	puts nodes back that Slurm has drained
#	slurm_show	prints what it is at

slurm_missing()
{
	for program in munged slurmctld slurmd sbatch squeue scontrol; do
		[ -x "$(command -v $program || echo /usr/sbin/$program)" ] || {
			echo "there is no $program (slurm-wlm, munge)"
			return 0
		}
	done
	[ "$(id -u)" = 0 ] || { echo 'slurmd wants to be root'; return 0; }
	grep -q ' /sys/fs/cgroup ' /proc/mounts || {
		echo 'slurmd wants a file system on /sys/fs/cgroup'
		return 0
	}
	return 1
}

# The first of three ports that are free, for others may test here, too.
slurm_port()
{
	python3 - $$ <<'END'
import socket, sys

def free(port):
    with socket.socket() as it:
        try:
            it.bind(('127.0.0.1', port))
        except OSError:
            return False
    return True

# below those that the system gives to whoever connects
ports = (20000 + (int(sys.argv[1]) + i) % 3000 * 4 for i in range(3000))
print(next(port for port in ports if all(map(free, range(port, port + 3)))))
END
}

# What works on one machine without cgroups.
slurm_write()
{
	host=$(hostname -s)
	port=$(slurm_port)
	mkdir -p "$slurm/state" "$slurm/munge"
	chmod 700 "$slurm/munge"
	dd if=/dev/urandom of="$slurm/munge/key" bs=64 count=1 2>/dev/null
	chmod 600 "$slurm/munge/key"
	cat >"$slurm/slurm.conf" <<END
ClusterName=selfpage
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$slurm/munge/socket
CredType=cred/munge
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool-%n
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/%n.pid
SlurmctldLogFile=$slurm/slurmctld.log
SlurmdLogFile=$slurm/%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
MpiDefault=none
ReturnToService=2
JobRequeue=1
SlurmdTimeout=20
BatchStartTimeout=2
KillWait=5
SlurmdParameters=config_overrides
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
NodeName=n[1-2] NodeHostname=$host NodeAddr=127.0.0.1 \
	Port=[$((port + 1))-$((port + 2))] CPUs=1 RealMemory=4000
PartitionName=all Nodes=n[1-2] Default=YES MaxTime=INFINITE State=UP
END
	SLURM_CONF=$slurm/slurm.conf
	export SLURM_CONF
	PATH=$PATH:/usr/sbin
}

slurm_part()
{
	case $1 in
	munged)
		set -- --force --key-file="$slurm/munge/key" \
			--socket="$slurm/munge/socket" \
			--pid-file="$slurm/munged.pid" \
			--log-file="$slurm/munge/log" \
			--seed-file="$slurm/munge/seed"
		set -- munged "$@"
		;;
	slurmctld) ;;
	*)
		mkdir -p "$slurm/spool-$1"
		set -- slurmd -N "$1"
		;;
	esac
	# they go into the background by themselves
	timeout 30 "$@" 2>>"$slurm/start.log"
}

slurm_pid()
{
	cat "$slurm/$1.pid" 2>/dev/null
}

slurm_kill()
{
	killed=$(slurm_pid "$1")
	[ -n "$killed" ] && kill -KILL "$killed" 2>/dev/null || return 0
	timeout 10 tail --pid="$killed" -s 0.1 -f /dev/null
}

# What an administrator does with a node that Slurm will not use: it does not
# trust one that has tasks which it knows nothing of, as when it lost its state.
slurm_resume()
{
	for node in $(timeout 20 sinfo -h -N -t drain,down -o %N 2>/dev/null)
	do
		timeout 20 scontrol update nodename="$node" state=resume \
			2>/dev/null
	done
}

slurm_show()
{
	timeout 20 squeue --array
	timeout 20 sinfo -N -o '%N %t %E'
	tail -n 15 "$slurm"/*.log
	find . -path '*/slurm-*' -name '*.log' -size +0 -exec tail -n 3 {} +
}

slurm_idle()
{
	tries=0
	while [ "$(timeout 20 sinfo -h -N -o %t 2>/dev/null |
		grep -c '^idle$')" != 2 ]; do
		tries=$((tries + 1))
		[ $tries -lt 150 ] || return 1
		sleep 0.2
	done
}

slurm_start()
{
	slurm_write
	for part in munged slurmctld n1 n2; do
		slurm_part $part || return 1
	done
	slurm_idle
}

# Ends what was started here, by its process: the daemons that listen, and what
# they run.
slurm_stop()
{
	timeout 20 scancel --me 2>/dev/null
	for part in n1 n2 slurmctld munged; do
		pid=$(slurm_pid $part)
		[ -z "$pid" ] || kill "$pid" 2>/dev/null
	done
	tries=0
	while slurm_lives && [ $tries -lt 50 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	for part in n1 n2 slurmctld munged; do
		pid=$(slurm_pid $part)
		[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null
	done
}

slurm_lives()
{
	for part in n1 n2 slurmctld munged; do
		pid=$(slurm_pid $part)
		[ -z "$pid" ] || ! kill -0 "$pid" 2>/dev/null || return 0
	done
	return 1
}
