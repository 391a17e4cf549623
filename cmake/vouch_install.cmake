# cmake --install BUILD --component milterproto, or callout: what programs outside of Vouch need to be built with a
# library. Either can be installed alone, or both into one prefix.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

# The prefix is found from where the file lies, so that `--install --prefix` and a moved tree work.
file(RELATIVE_PATH prefix_from_pc ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})

get_target_property(boost_include_dir Boost::headers INTERFACE_INCLUDE_DIRECTORIES)
set(asio_cflags "-DBOOST_ASIO_SEPARATE_COMPILATION -DBOOST_ASIO_NO_DEPRECATED -pthread")
if(NOT boost_include_dir STREQUAL "/usr/include")
    string(PREPEND asio_cflags "-I${boost_include_dir} ")
endif()

# The package and component NAME, from NAMEConfig.cmake.in and each PKG_CONFIG.pc.in beside the caller: TARGETS, called
# NAME::..., and the bodies of Asio, called NAME::asio_bodies; the headers of include/NAME; what an author reads (DOCS).
function(vouch_install_package name)
    cmake_parse_arguments(PARSE_ARGV 1 the "" "" "TARGETS;PKG_CONFIG;DOCS")
    set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/${name})
    foreach(target IN LISTS the_TARGETS)
        if(target MATCHES "^${name}_(.+)$")
            set_target_properties(${target} PROPERTIES EXPORT_NAME ${CMAKE_MATCH_1})
        endif()
    endforeach()
    install(TARGETS ${the_TARGETS} vouch_asio EXPORT ${name}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT ${name})
    install(EXPORT ${name} NAMESPACE ${name}:: FILE ${name}Targets.cmake
        DESTINATION ${package_dir} COMPONENT ${name})
    install(DIRECTORY include/${name}
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT ${name} FILES_MATCHING PATTERN "*.hpp")

    configure_package_config_file(${name}Config.cmake.in ${name}Config.cmake INSTALL_DESTINATION ${package_dir})
    write_basic_package_version_file(${name}ConfigVersion.cmake COMPATIBILITY SameMinorVersion)
    configure_file(${PROJECT_SOURCE_DIR}/cmake/vouch_boost.cmake.in vouch_boost.cmake @ONLY)
    install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${name}Config.cmake ${CMAKE_CURRENT_BINARY_DIR}/${name}ConfigVersion.cmake
        ${CMAKE_CURRENT_BINARY_DIR}/vouch_boost.cmake DESTINATION ${package_dir} COMPONENT ${name})
    foreach(pc IN LISTS the_PKG_CONFIG)
        configure_file(${pc}.pc.in ${pc}.pc @ONLY)
        install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${pc}.pc
            DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT ${name})
    endforeach()
    list(TRANSFORM the_DOCS PREPEND ${PROJECT_SOURCE_DIR}/docs/)
    install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/NOTICE ${the_DOCS}
        DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${name} COMPONENT ${name})
endfunction()
