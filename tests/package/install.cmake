# cmake -DBUILD=DIR -DPREFIX=DIR -DLIBDIR=lib -DCOMPONENTS=NAME... -P install.cmake
file(REMOVE_RECURSE ${PREFIX})
set(second_of_milterproto testing)
set(second_of_callout testing)
set(second_of_smtpserver mime)
set(page_of_submission submission)
set(page_of_milterproto milterproto)
set(page_of_callout callout)
set(page_of_smtpserver smtp_server)
foreach(component IN LISTS COMPONENTS)
    execute_process(
        COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix ${PREFIX} --component ${component}
        COMMAND_ERROR_IS_FATAL ANY OUTPUT_QUIET)

    foreach(expected IN ITEMS include/${component}/${component}.hpp
            ${LIBDIR}/cmake/${component}/${component}ConfigVersion.cmake ${LIBDIR}/pkgconfig/${component}.pc
            share/doc/${component}/LICENSE share/doc/${component}/${page_of_${component}}.md)
        if(NOT EXISTS ${PREFIX}/${expected})
            message(FATAL_ERROR "${expected} was not installed")
        endif()
    endforeach()
    set(second ${LIBDIR}/pkgconfig/${component}-${second_of_${component}}.pc)
    if(second_of_${component} AND NOT EXISTS ${PREFIX}/${second})
        message(FATAL_ERROR "${second} was not installed")
    endif()
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
