# The library's pages of the manual: selfpage.3 is written by hand, those of
# the groups of calls are made out of the header.
dist_man3_MANS = %D%/selfpage.3
EXTRA_DIST += %D%/manual.awk %D%/library.md
library_groups = \
	%D%/selfpage_access.3 %D%/selfpage_advise.3 \
	%D%/selfpage_hooks.3 %D%/selfpage_pager.3 \
	%D%/selfpage_space.3 %D%/selfpage_store.3
library_calls = \
	%D%/selfpage_borrow.3 %D%/selfpage_check.3 %D%/selfpage_create.3 \
	%D%/selfpage_destroy.3 %D%/selfpage_discard.3 \
	%D%/selfpage_give_back.3 %D%/selfpage_map.3 \
	%D%/selfpage_find_map.3 %D%/selfpage_look.3 \
	%D%/selfpage_look_at.3 %D%/selfpage_map_request.3 \
	%D%/selfpage_protect.3 %D%/selfpage_set_hooks.3 \
	%D%/selfpage_store_find_unsafe.3 \
	%D%/selfpage_store_read_counts.3 %D%/selfpage_store_sync.3 \
	%D%/selfpage_use_swap.3 \
	%D%/selfpage_policy_name.3 %D%/selfpage_read.3 \
	%D%/selfpage_read_counts.3 %D%/selfpage_space_create.3 \
	%D%/selfpage_space_destroy.3 %D%/selfpage_store_close.3 \
	%D%/selfpage_store_discard.3 %D%/selfpage_store_flush.3 \
	%D%/selfpage_store_open_anonymous.3 %D%/selfpage_store_open_file.3 \
	%D%/selfpage_store_open_functions.3 %D%/selfpage_unmap.3 \
	%D%/selfpage_write.3
# logs
library_groups += %D%/selfpage_log.3
library_calls += %D%/selfpage_log_start.3 %D%/selfpage_log_stop.3
# frames that are shared, and containers
library_groups += \
	%D%/selfpage_container.3 %D%/selfpage_physmem.3 \
	%D%/selfpage_share.3
library_calls += \
	%D%/selfpage_ask.3 %D%/selfpage_container_allocate.3 \
	%D%/selfpage_container_copy.3 %D%/selfpage_container_copy_scatter.3 \
	%D%/selfpage_container_create.3 %D%/selfpage_container_deallocate.3 \
	%D%/selfpage_container_destroy.3 %D%/selfpage_container_fill.3 \
	%D%/selfpage_container_gather.3 %D%/selfpage_container_map.3 \
	%D%/selfpage_container_pin.3 %D%/selfpage_container_read.3 \
	%D%/selfpage_container_scatter_gather.3 %D%/selfpage_container_share.3 \
	%D%/selfpage_container_unmap.3 %D%/selfpage_container_unpin.3 \
	%D%/selfpage_control_destroy.3 %D%/selfpage_control_fd.3 \
	%D%/selfpage_control_frames.3 %D%/selfpage_control_open.3 \
	%D%/selfpage_control_split.3 %D%/selfpage_grant_fd.3 \
	%D%/selfpage_grant_open.3 %D%/selfpage_grant_revoke.3 \
	%D%/selfpage_physmem_check.3 %D%/selfpage_physmem_connect.3 \
	%D%/selfpage_physmem_control.3 %D%/selfpage_physmem_create.3 \
	%D%/selfpage_physmem_destroy.3 %D%/selfpage_physmem_read_counts.3 \
	%D%/selfpage_physmem_serve.3 %D%/selfpage_read_frames.3 \
	%D%/selfpage_return.3 %D%/selfpage_share_close.3 \
	%D%/selfpage_share_fill.3 %D%/selfpage_share_lock.3 \
	%D%/selfpage_share_open.3 %D%/selfpage_share_read.3 \
	%D%/selfpage_share_unlock.3 %D%/selfpage_window_address.3
# real memory
library_groups += %D%/selfpage_live.3
library_calls += \
	%D%/selfpage_fault_in.3 %D%/selfpage_live_name.3 \
	%D%/selfpage_live_read_counts.3 %D%/selfpage_live_sigaction.3 \
	%D%/selfpage_live_thread.3
man3_MANS = $(library_groups) $(library_calls)
CLEANFILES += $(library_groups) $(library_calls) %D%/library.stamp

$(library_groups) $(library_calls): %D%/library.stamp
%D%/library.stamp: mm/selfpage.h mm/selfpage-live.h mm/selfpage-physmem.h \
		%D%/manual.awk
	$(AM_V_GEN)$(MKDIR_P) %D% && \
	awk -f $(srcdir)/%D%/manual.awk -v folder=%D% -v version='$(VERSION)' \
		$(srcdir)/mm/selfpage.h $(srcdir)/mm/selfpage-live.h \
		$(srcdir)/mm/selfpage-physmem.h && \
	touch $@
