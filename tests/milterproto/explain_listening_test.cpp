#include <gtest/gtest.h>

#include "milterproto/listener.hpp"

namespace milterproto {
namespace {

namespace conditions = boost::system::errc;

std::string explained(std::string_view where, boost::system::error_code why) {
    auto const text = explain_listening(*socket_spec::parse(where), why);
    EXPECT_TRUE(text.starts_with(why.message())) << text;
    return text.substr(why.message().size());
}

TEST(explain_listening, names_the_remedy) {
    using conditions::make_error_code;
    EXPECT_EQ(
        explained("unix:/run/first/milter.sock", make_error_code(conditions::no_such_file_or_directory)),
        " (make the folder /run/first, or let systemd make it (RuntimeDirectory=first))");
    EXPECT_EQ(explained("unix:/run/first/milter.sock", make_error_code(conditions::permission_denied)),
              " (let the account that the program runs as write into /run/first)");
    EXPECT_EQ(explained("/run/milter", make_error_code(conditions::operation_not_permitted)),
              " (make the account that the program runs as a member of the socket's group)");
    EXPECT_EQ(explained("/run/milter", errc::socket_path_in_use),
              " (end the program that serves it, or remove the file if there is no such program)");
    EXPECT_EQ(explained("/run/milter", errc::no_such_group),
              " (create the socket's group, or name another one)");
    EXPECT_EQ(explained("inet:8890@127.0.0.1", make_error_code(conditions::address_in_use)),
              " (end the program that has this port (ss -ltnp names it), or choose another one)");
    EXPECT_EQ(explained("inet:8890@192.0.2.1", make_error_code(conditions::address_not_available)),
              " (choose an address of this machine, or * for all that it has)");
    EXPECT_EQ(explained("inet:25@127.0.0.1", make_error_code(conditions::permission_denied)),
              " (choose a port from 1024, or give the program CAP_NET_BIND_SERVICE)");
    EXPECT_EQ(explained("inet6:8890@::1", make_error_code(conditions::address_family_not_supported)),
              " (choose an address of the other family: this machine lacks IPv6)");
    EXPECT_EQ(
        explained("fd:3", errc::not_a_socket),
        " (make the process that starts the program pass it a socket, or name one that it can open itself)");
    EXPECT_EQ(explained("inet:8890@127.0.0.1", make_error_code(conditions::not_enough_memory)), "");
}

}  // namespace
}  // namespace milterproto
