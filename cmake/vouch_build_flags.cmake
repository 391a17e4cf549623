# Flags that every target of ours carries, kept off the targets that a consumer would link.
add_library(vouch_build_flags INTERFACE)
target_compile_options(vouch_build_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion)
if(VOUCH_DEVELOPER_MODE)
    target_compile_options(vouch_build_flags INTERFACE -Werror)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ 12 sees overlaps and dangling values in inlined std::string and coroutine frames that are not there.
    target_compile_options(vouch_build_flags INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-mismatched-new-delete
        -Wno-dangling-pointer -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread)
    # Where several sources are compiled as one, it takes their unnamed namespaces for a header's.
    target_compile_options(vouch_build_flags INTERFACE $<$<BOOL:${CMAKE_UNITY_BUILD}>:-Wno-subobject-linkage>)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_compile_options(vouch_build_flags INTERFACE -fstack-protector-strong -fstack-clash-protection -fcf-protection)
    target_compile_definitions(vouch_build_flags INTERFACE _FORTIFY_SOURCE=2)
    target_link_options(vouch_build_flags INTERFACE -Wl,-z,relro,-z,now)
    set(CMAKE_POSITION_INDEPENDENT_CODE ON)
endif()

# Sanitizers change the layout of standard and third-party types, so they go on everything that is compiled.
foreach(sanitizer IN LISTS VOUCH_SANITIZE)
    add_compile_options(-fsanitize=${sanitizer} -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${sanitizer})
endforeach()
if(VOUCH_SANITIZE)
    add_compile_options(-fno-sanitize-recover=all)
endif()
if("undefined" IN_LIST VOUCH_SANITIZE)
    # It looks at memory through a pipe, and takes good objects for bad where no descriptor is left: several tests
    # bring that about on purpose.
    add_compile_options(-fno-sanitize=vptr)
endif()
if(VOUCH_FUZZING)
    add_compile_options($<$<COMPILE_LANGUAGE:CXX>:-fsanitize=fuzzer-no-link>)  # what is C is no fuzzer, and has a compiler of its own
endif()

# How many times slower than a release the loop of this build is: vouchd's processor time for each stranger of the storm was
# 4.9 times as much without optimisation, and 8.1 times with ASan and UBSan. Tests that read how late a loop was allow it that
# much more.
set(VOUCH_TIMES_SLOWER 1)
if(VOUCH_SANITIZE)
    set(VOUCH_TIMES_SLOWER 10)
elseif(CMAKE_BUILD_TYPE STREQUAL "Debug")
    set(VOUCH_TIMES_SLOWER 5)
endif()

# After so many seconds a test is taken to hang. It is a bound and not a measure: no machine that builds this in an hour may be
# too slow for a test, and what a test waits for has a bound of its own.
set(VOUCH_TEST_LIMIT 900)
