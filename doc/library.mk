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
man3_MANS = $(library_groups) $(library_calls)
CLEANFILES += $(library_groups) $(library_calls) %D%/library.stamp

$(library_groups) $(library_calls): %D%/library.stamp
%D%/library.stamp: mm/selfpage.h %D%/manual.awk
	$(AM_V_GEN)$(MKDIR_P) %D% && \
	awk -f $(srcdir)/%D%/manual.awk -v folder=%D% -v version='$(VERSION)' \
		$(srcdir)/mm/selfpage.h && touch $@
