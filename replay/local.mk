noinst_LIBRARIES += %D%/libreplay.a
%C%_libreplay_a_SOURCES =
include replay/parts.mk
