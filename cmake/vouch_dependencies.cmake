find_package(Boost 1.81 EXACT REQUIRED)
find_package(Threads REQUIRED)
if(VOUCH_DEVELOPER_MODE)
    find_package(GTest REQUIRED)
endif()

# Asio is a header library of many seconds: its bodies are compiled here, once. What links them must be compiled with
# the same definitions; installed, they are milterproto::asio_bodies.
add_library(vouch_asio STATIC
    ${PROJECT_SOURCE_DIR}/cmake/asio_bodies.cpp ${PROJECT_SOURCE_DIR}/cmake/asio_executor_names.cpp)
target_compile_definitions(vouch_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED)
target_link_libraries(vouch_asio PUBLIC Boost::headers Threads::Threads)
set_target_properties(vouch_asio PROPERTIES
    POSITION_INDEPENDENT_CODE ON UNITY_BUILD OFF EXPORT_NAME asio_bodies OUTPUT_NAME milterproto_asio_bodies)

if(NOT VOUCH_MILTERPROTO_ONLY)
    find_package(spdlog REQUIRED)
    find_package(tomlplusplus REQUIRED)
    find_package(CLI11 REQUIRED)
    find_package(OpenSSL 3 REQUIRED)
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(cares REQUIRED IMPORTED_TARGET libcares)
    pkg_check_modules(sqlite3 REQUIRED IMPORTED_TARGET sqlite3)
    pkg_check_modules(libidn2 REQUIRED IMPORTED_TARGET libidn2)

    add_library(vouch_json STATIC ${PROJECT_SOURCE_DIR}/cmake/json_bodies.cpp)
    target_link_libraries(vouch_json PUBLIC Boost::headers)
    set_target_properties(vouch_json PROPERTIES POSITION_INDEPENDENT_CODE ON)

    # The bodies of Asio's TLS, kept apart: milterproto needs no OpenSSL.
    add_library(vouch_ssl STATIC ${PROJECT_SOURCE_DIR}/cmake/ssl_bodies.cpp)
    target_link_libraries(vouch_ssl PUBLIC vouch_asio OpenSSL::SSL)
    set_target_properties(vouch_ssl PROPERTIES POSITION_INDEPENDENT_CODE ON)
endif()
