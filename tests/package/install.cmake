# cmake -DBUILD=DIR -DPREFIX=DIR -DLIBDIR=lib -DCOMPONENTS=NAME... -P install.cmake
file(REMOVE_RECURSE ${PREFIX})
foreach(component IN LISTS COMPONENTS)
    execute_process(
        COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX} --component ${component}
        COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)

    foreach(expected IN ITEMS include/${component}/${component}.hpp
            ${LIBDIR}/cmake/${component}/${component}ConfigVersion.cmake ${LIBDIR}/pkgconfig/${component}.pc
            ${LIBDIR}/pkgconfig/${component}-testing.pc
            share/doc/${component}/LICENSE share/doc/${component}/${component}.md)
        if(NOT EXISTS ${PREFIX}/${expected})
            message(FATAL_ERROR "${expected} was not installed")
        endif()
    endforeach()
endforeach()

# Nothing but the libraries and the bodies of Asio, and no path of the tree that they were built in.
list(JOIN COMPONENTS "|" names)
file(GLOB_RECURSE installed RELATIVE ${PREFIX} ${PREFIX}/*)
foreach(file IN LISTS installed)
    if(NOT file MATCHES "${names}|libvouch_[a-z]+_bodies.a$")
        message(FATAL_ERROR "${file} is not a part of ${COMPONENTS}")
    endif()
endforeach()
file(GLOB_RECURSE texts ${PREFIX}/*.cmake ${PREFIX}/*.pc)
foreach(file IN LISTS texts)
    file(STRINGS ${file} leaks REGEX "${BUILD}|\\$<BUILD_INTERFACE")
    if(leaks)
        message(FATAL_ERROR "${file} knows where it was built: ${leaks}")
    endif()
endforeach()
