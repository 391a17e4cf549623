# cmake --install BUILD --component milterproto: headers, static libraries, what find_package and pkg-config need, and
# what an author reads. The rest of Vouch is none of this component's business.
include(CMakePackageConfigHelpers)

set_target_properties(milterproto_core PROPERTIES EXPORT_NAME core)
set_target_properties(milterproto_asio PROPERTIES EXPORT_NAME asio)
set_target_properties(milterproto_testing PROPERTIES EXPORT_NAME testing)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/milterproto)

install(TARGETS vouch_asio milterproto_core milterproto_asio milterproto_testing EXPORT milterproto
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT milterproto)
install(EXPORT milterproto NAMESPACE milterproto:: FILE milterprotoTargets.cmake
    DESTINATION ${package_dir} COMPONENT milterproto)
install(DIRECTORY include/milterproto
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT milterproto FILES_MATCHING PATTERN "*.hpp")

configure_package_config_file(milterprotoConfig.cmake.in milterprotoConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(milterprotoConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES
    ${CMAKE_CURRENT_BINARY_DIR}/milterprotoConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/milterprotoConfigVersion.cmake
    DESTINATION ${package_dir} COMPONENT milterproto)

# The prefix is found from where the file lies, so that `--install --prefix` and a moved tree work.
file(RELATIVE_PATH prefix_from_pc ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
set(boost_include_flag)
get_target_property(boost_include_dir Boost::headers INTERFACE_INCLUDE_DIRECTORIES)
if(NOT boost_include_dir STREQUAL "/usr/include")
    set(boost_include_flag "-I${boost_include_dir}")
endif()
configure_file(milterproto.pc.in milterproto.pc @ONLY)
configure_file(milterproto-testing.pc.in milterproto-testing.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/milterproto.pc ${CMAKE_CURRENT_BINARY_DIR}/milterproto-testing.pc
    DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT milterproto)

set(doc_dir ${CMAKE_INSTALL_DATADIR}/doc/milterproto)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/NOTICE
    ${PROJECT_SOURCE_DIR}/docs/milterproto.md ${PROJECT_SOURCE_DIR}/docs/milterproto_in_production.md
    ${PROJECT_SOURCE_DIR}/docs/coming_from_libmilter.md
    DESTINATION ${doc_dir} COMPONENT milterproto)
install(FILES
    examples/first_filter.hpp examples/first_filter.cpp examples/first_filter_test.cpp examples/slow_lookup.cpp
    DESTINATION ${doc_dir}/examples COMPONENT milterproto)
