#include "system/socket_fault.hpp"

#include <gtest/gtest.h>

#include <cerrno>

#include "callout/doors/error.hpp"

using namespace callout;

namespace {

boost::system::error_code of_system(int value) {
    return {value, boost::system::system_category()};
}

}  // namespace

TEST(socket_fault, family_without_a_way_out_is_no_fault_of_the_whole_machine) {  // CO-190
    for (int const value : {EADDRNOTAVAIL, EAFNOSUPPORT, ENETUNREACH, EHOSTUNREACH, ENETDOWN}) {
        EXPECT_TRUE(hints_at_no_way(of_system(value))) << value;
        EXPECT_EQ(fault_of_connecting(of_system(value), false), errc::no_way_out) << value;
    }
    EXPECT_EQ(fault_of_opening(of_system(EAFNOSUPPORT)), errc::no_way_out);
}

TEST(socket_fault, peer_that_cannot_be_reached_is_another_matter) {  // CO-190
    for (int const value : {ENETUNREACH, EHOSTUNREACH, ENETDOWN, EACCES, EPERM})
        EXPECT_EQ(fault_of_connecting(of_system(value), true), errc::unreachable) << value;
    EXPECT_EQ(fault_of_connecting(of_system(ECONNREFUSED), false), errc::refused);
    EXPECT_EQ(fault_of_connecting(of_system(ETIMEDOUT), true), errc::timed_out);
    EXPECT_EQ(fault_of_connecting({}, true), boost::system::error_code());
}

TEST(socket_fault, machine_that_lacks_something_for_all) {  // CO-177
    for (int const value : {EMFILE, ENFILE, ENOBUFS, ENOMEM}) {
        EXPECT_EQ(fault_of_opening(of_system(value)), errc::local_resources) << value;
        EXPECT_EQ(fault_of_connecting(of_system(value), true), errc::local_resources) << value;
    }
}

TEST(socket_fault, ports_that_are_used_up) {  // CO-177
    EXPECT_EQ(fault_of_connecting(of_system(EADDRNOTAVAIL), true), errc::local_resources);
    EXPECT_EQ(fault_of_opening(of_system(EADDRINUSE)), errc::local_resources);
}

TEST(socket_fault, source_that_is_not_here) {  // CO-191
    EXPECT_EQ(fault_of_opening(of_system(EADDRNOTAVAIL)), errc::source_not_here);
}

TEST(socket_fault, what_ends_a_connection) {
    EXPECT_EQ(fault_of_connection(of_system(EPIPE)), errc::closed);
    EXPECT_EQ(fault_of_connection(of_system(ECANCELED)), errc::cancelled);
}

TEST(socket_fault, there_is_always_a_way_to_loopback) {
    EXPECT_TRUE(has_way_to({boost::asio::ip::make_address("127.0.0.1"), 25}));
}
