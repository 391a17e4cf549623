# cmake -DBUILD=DIR -DPREFIX=DIR -DLIBDIR=lib -P install.cmake
file(REMOVE_RECURSE ${PREFIX})
execute_process(
    COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX} --component milterproto
    COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)

foreach(expected IN ITEMS include/milterproto/milterproto.hpp include/milterproto/core/filter/filter_session.hpp
        ${LIBDIR}/cmake/milterproto/milterprotoConfigVersion.cmake ${LIBDIR}/pkgconfig/milterproto.pc
        share/doc/milterproto/LICENSE)
    if(NOT EXISTS ${PREFIX}/${expected})
        message(FATAL_ERROR "${expected} was not installed")
    endif()
endforeach()

# Nothing but the library, and no path of the tree that it was built in.
file(GLOB_RECURSE installed RELATIVE ${PREFIX} ${PREFIX}/*)
foreach(file IN LISTS installed)
    if(NOT file MATCHES "milterproto")
        message(FATAL_ERROR "${file} is no part of milterproto")
    endif()
endforeach()
file(GLOB_RECURSE texts ${PREFIX}/*.cmake ${PREFIX}/*.pc)
foreach(file IN LISTS texts)
    file(STRINGS ${file} leaks REGEX "${BUILD}|\\$<BUILD_INTERFACE")
    if(leaks)
        message(FATAL_ERROR "${file} knows where it was built: ${leaks}")
    endif()
endforeach()
