# The public library: libselfpage, its header, .pc file and names.  It is
# made of the same sources as libmm.a and libbase.a, once more: what is linked
# into the command and the tests stays as it is, and only these objects can be
# loaded anywhere and hide what is not public.
%C%_libmm_a_SOURCES += \
	%D%/live-front-protect.c \
	%D%/live-front-uffd.c \
	%D%/live-signal.c %D%/live-signal.h \
	%D%/live-uffd.c %D%/live-uffd.h \
	%D%/physmem-live.c %D%/physmem-live.h \
	%D%/physmem-memory.c %D%/physmem-memory.h \
	%D%/selfpage-access.c \
	%D%/selfpage-container-internal.h \
	%D%/selfpage-container-local.c \
	%D%/selfpage-container-remote.c \
	%D%/selfpage-container.c \
	%D%/selfpage-control.c \
	%D%/selfpage-hooks.c \
	%D%/selfpage-internal.h \
	%D%/selfpage-live-fork.c \
	%D%/selfpage-live-hold.c \
	%D%/selfpage-live-internal.h \
	%D%/selfpage-live-space.c \
	%D%/selfpage-live.c \
	%D%/selfpage-log.c \
	%D%/selfpage-look.c \
	%D%/selfpage-physmem-internal.h \
	%D%/selfpage-physmem.c \
	%D%/selfpage-share.c \
	%D%/selfpage-space.c \
	%D%/selfpage-store.c \
	%D%/selfpage-swap.c \
	%D%/selfpage-task.c \
	%D%/selfpage.c

include_HEADERS += %D%/selfpage.h %D%/selfpage-live.h \
	%D%/selfpage-physmem.h
lib_LTLIBRARIES += libselfpage.la
libselfpage_la_SOURCES = $(mm_libmm_a_SOURCES) $(base_libbase_a_SOURCES)
libselfpage_la_CFLAGS = $(AM_CFLAGS) -fvisibility=hidden
libselfpage_la_LIBADD = -lpthread
# current:revision:age, see libtool's manual before changing them
libselfpage_la_LDFLAGS = $(AM_LDFLAGS) -version-info 0:0:0 \
	-Wl,--version-script=$(srcdir)/%D%/selfpage.map
libselfpage_la_DEPENDENCIES = $(srcdir)/%D%/selfpage.map
EXTRA_DIST += %D%/selfpage.map %D%/selfpage.pc.in

pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = %D%/selfpage.pc

# In an archive nothing is hidden.  So its objects become one, in which the
# names that are not public are its own: a program may have a policy_find too.
install-exec-hook:
	archive='$(DESTDIR)$(libdir)/libselfpage.a'; \
	if test -f "$$archive"; then \
		$(LD) -r -o libselfpage.o --whole-archive "$$archive" && \
		$(OBJCOPY) --localize-hidden libselfpage.o && \
		rm -f "$$archive" && \
		$(AR) cr "$$archive" libselfpage.o && \
		$(RANLIB) "$$archive" && rm -f libselfpage.o; \
	fi

FUZZES += %D%/test/library-fuzz=1000000
library_tests = \
	%D%/test/library-allocation-test \
	%D%/test/hooks-test \
	%D%/test/library-fuzz \
	%D%/test/library-map-test \
	%D%/test/library-store-test \
	%D%/test/library-test \
	%D%/test/library-threads-test
check_PROGRAMS += $(library_tests)
TESTS += $(library_tests)
SOAKS += %D%/test/library-threads-test
%C%_test_library_store_test_SOURCES = \
	%D%/test/library-store-test.c %D%/test/library-world.h
%C%_test_library_store_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_library_store_test_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=fdatasync
%C%_test_library_map_test_SOURCES = \
	%D%/test/library-map-test.c %D%/test/library-world.h
%C%_test_library_map_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_hooks_test_SOURCES = \
	%D%/test/hooks-test.c %D%/test/library-world.h
%C%_test_hooks_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_library_test_SOURCES = \
	%D%/test/library-test.c %D%/test/library-world.h
%C%_test_library_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_library_fuzz_LDADD = $(mm_test_libs)
%C%_test_library_threads_test_LDADD = $(mm_test_libs) -lpthread
%C%_test_library_allocation_test_SOURCES = \
	%D%/test/library-allocation-test.c $(mm_fail_allocation)
%C%_test_library_allocation_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_library_allocation_test_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=malloc,--wrap=calloc,--wrap=mmap

# What fails comes by trouble.c.
mm_trouble = %D%/test/trouble.c %D%/test/trouble.h
mm_trouble_flags = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=mmap \
	-Wl,--wrap=pread,--wrap=pwrite,--wrap=fdatasync,--wrap=io_uring_submit \
	-Wl,--wrap=memfd_create,--wrap=ftruncate
mm_trouble_tests = \
	%D%/test/guarantee-test \
	%D%/test/injection-shared-test \
	%D%/test/injection-test \
	%D%/test/public-fuzz \
	%D%/test/public-shared-fuzz
check_PROGRAMS += $(mm_trouble_tests)
TESTS += $(mm_trouble_tests)
FUZZES += \
	%D%/test/public-fuzz=10000000 \
	%D%/test/public-shared-fuzz=2000000
%C%_test_guarantee_test_SOURCES = %D%/test/guarantee-test.c $(mm_trouble)
%C%_test_guarantee_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS) -lpthread
%C%_test_guarantee_test_LDFLAGS = $(mm_trouble_flags)
mm_injection = %D%/test/injection.c %D%/test/injection.h $(mm_trouble)
%C%_test_injection_shared_test_SOURCES = \
	%D%/test/injection-shared-test.c $(mm_injection)
%C%_test_injection_shared_test_LDADD = \
	$(mm_test_libs) $(CMOCKA_LIBS) -lpthread
%C%_test_injection_shared_test_LDFLAGS = $(mm_trouble_flags)
%C%_test_injection_test_SOURCES = %D%/test/injection-test.c $(mm_injection)
%C%_test_injection_test_LDADD = $(mm_test_libs) $(CMOCKA_LIBS)
%C%_test_injection_test_LDFLAGS = $(mm_trouble_flags)
public_fuzz_sources = $(mm_trouble) \
	%D%/test/public-fuzz-access.c \
	%D%/test/public-fuzz-check.c \
	%D%/test/public-fuzz-container.c \
	%D%/test/public-fuzz-hooks.c \
	%D%/test/public-fuzz-shared.c \
	%D%/test/public-fuzz-space.c \
	%D%/test/public-fuzz-store.c \
	%D%/test/public-fuzz.c \
	%D%/test/public-fuzz.h
%C%_test_public_fuzz_SOURCES = $(public_fuzz_sources)
%C%_test_public_fuzz_LDADD = $(mm_test_libs)
%C%_test_public_fuzz_LDFLAGS = $(mm_trouble_flags)
# With pages of the system's size, as frames that are shared must have.
%C%_test_public_shared_fuzz_SOURCES = $(public_fuzz_sources)
%C%_test_public_shared_fuzz_CPPFLAGS = \
	$(AM_CPPFLAGS) -DPUBLIC_FUZZ_PAGE=4096
%C%_test_public_shared_fuzz_LDADD = $(mm_test_libs) -lpthread
%C%_test_public_shared_fuzz_LDFLAGS = $(mm_trouble_flags)

library_scripts = %D%/test/library-install-test.sh
TESTS += $(library_scripts)
EXTRA_DIST += $(library_scripts)
