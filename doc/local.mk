# The manual: selfpage.1.in is written by hand.  Each subcommand's page is made
# out of its --help, so that its options stand in one place, and of the sections
# of selfpage.1.in that are its own; the others make selfpage.1.
man1_MANS = %D%/selfpage.1
EXTRA_DIST += %D%/selfpage.1.in %D%/pages.awk
CLEANFILES += %D%/selfpage.1
%D%/selfpage.1: %D%/selfpage.1.in %D%/pages.awk
	$(AM_V_GEN)$(MKDIR_P) %D% && \
	awk -f $(srcdir)/%D%/pages.awk $(srcdir)/%D%/selfpage.1.in >$@
EXTRA_DIST += %D%/design.md %D%/glossary.md %D%/policies.md \
	%D%/server.md \
	%D%/demo-overview.png %D%/read-once-faults.png %D%/importing.md \
	mm/README.md replay/README.md
EXTRA_DIST += %D%/recording.md %D%/reduction.md \
	%D%/curves.md %D%/tuning.md %D%/live.md %D%/log-format.md \
	%D%/stores.md %D%/containers.md %D%/scale.md
subcommands = record import export generate reduce info dump
subcommands += replay curve tune run policies costs plot report
subcommands += keep bench-suite sweep compare physmem
subcommand_pages = \
	%D%/selfpage-record.1 %D%/selfpage-import.1 %D%/selfpage-export.1 \
	%D%/selfpage-generate.1 %D%/selfpage-reduce.1 \
	%D%/selfpage-info.1 %D%/selfpage-dump.1 \
	%D%/selfpage-replay.1 %D%/selfpage-curve.1 %D%/selfpage-plot.1 \
	%D%/selfpage-tune.1 \
	%D%/selfpage-run.1 %D%/selfpage-policies.1 %D%/selfpage-costs.1 \
	%D%/selfpage-report.1 \
	%D%/selfpage-keep.1 %D%/selfpage-bench-suite.1 %D%/selfpage-compare.1 \
	%D%/selfpage-sweep.1 \
	%D%/selfpage-physmem.1
if HAVE_HELP2MAN
man1_MANS += $(subcommand_pages)
endif
CLEANFILES += $(subcommand_pages) %D%/pages.stamp

# help2man takes "selfpage record" for the page's name.  Leaks are for the
# tests to find: here they would only fail the build.
$(subcommand_pages): %D%/pages.stamp
%D%/pages.stamp: selfpage$(EXEEXT) %D%/selfpage.1.in %D%/pages.awk %D%/local.mk
	$(AM_V_GEN)$(MKDIR_P) %D% && rm -f $@ && \
	for name in $(subcommands); do \
		page=%D%/selfpage-$$name.1; \
		summary=`./selfpage --help | sed -n "s/^  $$name  *//p"`; \
		awk -v page=$$name -f $(srcdir)/%D%/pages.awk \
			$(srcdir)/%D%/selfpage.1.in >$$page.own && \
		own= && { test ! -s $$page.own || \
			own=--include=$$page.own; } && \
		ASAN_OPTIONS=detect_leaks=0 $(HELP2MAN) --no-info \
			$$own \
			--name="$$summary" --source=selfpage \
			--version-string='$(VERSION)' \
			--output=$$page.part "./selfpage $$name" && \
		sed -e "2s/^\.TH SELFPAGE/.TH SELFPAGE-\U$$name\E/" \
			-e "s/^selfpage $$name \\\\-/selfpage-$$name \\\\-/" \
			-e '/^Mandatory or optional arguments to/,/^for any/d' \
			$$page.part >$$page && \
		rm $$page.part $$page.own || exit 1; \
	done && touch $@

TESTS += %D%/test/manual-test.sh %D%/test/tutorial-test.sh \
	%D%/test/findings-test.sh
EXTRA_DIST += %D%/tutorial.md %D%/findings.md %D%/test/manual-test.sh \
	%D%/test/tutorial-test.sh %D%/test/findings-test.sh %D%/test/findings.py

include %D%/library.mk
