#include "core/resolv_conf.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace {

std::string servers(std::string_view text) {
    std::ostringstream all;
    for (auto const& one : callout::core::servers_in(text)) all << one << ' ';
    return all.str();
}

}  // namespace

TEST(resolv_conf, names_servers) {  // CO-215
    std::pair<std::string_view, std::string_view> const cases[] = {
        {"nameserver 192.0.2.1\n", "192.0.2.1:53 "},
        {"nameserver 192.0.2.1", "192.0.2.1:53 "},
        {"nameserver\t192.0.2.1 \r\nnameserver 2001:db8::1\n", "192.0.2.1:53 [2001:db8::1]:53 "},
        {"# nameserver 192.0.2.9\n;nameserver 192.0.2.9\nsearch example.org\n\nnameserver 192.0.2.1 # ours\n",
         "192.0.2.1:53 "},
        {"options timeout:999999999 attempts:99999999\nnameserver 192.0.2.1\n", "192.0.2.1:53 "},
        {"", ""},
        {"\n\n", ""},
        {"nonsense\n", ""},
        {"nameserver\n", ""},
        {"nameserver 999.1.1.1\n", ""},
        {"nameserver fe80::1%lo\n", ""},
        {"nameserver ns.example\n", ""},
        {"nameservers 192.0.2.1\n", ""},
        {"NAMESERVER 192.0.2.1\n", ""},
        {std::string_view("\0\0\0", 3), ""},
    };
    for (auto const& [text, expected] : cases) EXPECT_EQ(servers(text), expected) << text;
}

TEST(resolv_conf, is_bounded) {
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "nameserver 192.0.2.1\n";
    EXPECT_EQ(callout::core::servers_in(many).size(), 16u);
    EXPECT_EQ(servers("nameserver " + std::string(100000, '1') + "\nnameserver 192.0.2.1\n"),
              "192.0.2.1:53 ");
}
