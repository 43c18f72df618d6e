# What the replay stands on: counters, histograms, next uses, hint files.
replay_libreplay_a_SOURCES += \
	%D%/counter.h
