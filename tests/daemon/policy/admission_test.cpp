#include "policy/admission.hpp"

#include <gtest/gtest.h>

#include "callout/mailfromd/server.hpp"
#include "config/networks.hpp"
#include "milterproto/server.hpp"

namespace {

using boost::asio::ip::make_address;
using vouchd::client_place;

std::vector<callout::network> networks(std::initializer_list<char const*> all) {
    std::vector<callout::network> parsed;
    for (auto const* one : all) parsed.push_back(callout::network::parse(one).value());
    return parsed;
}

std::optional<client_place> place_of(char const* client, std::vector<callout::network> welcome) {
    vouchd::config values;
    values.callout_server.allow_clients = std::move(welcome);
    return place_of_callout_client(values, make_address(client));
}

}  // namespace

TEST(admission, by_default_only_this_machine_may_connect) {
    auto const milter = vouchd::config().milter_options();
    EXPECT_TRUE(milter.admits(make_address("127.0.0.1")));
    EXPECT_TRUE(milter.admits(make_address("127.255.255.255")));
    EXPECT_TRUE(milter.admits(make_address("::1")));
    EXPECT_FALSE(milter.admits(make_address("192.0.2.1")));
    EXPECT_FALSE(milter.admits(make_address("2001:db8::1")));
    EXPECT_EQ(place_of_callout_client(vouchd::config(), make_address("127.0.0.1")), client_place::near);
    EXPECT_EQ(place_of_callout_client(vouchd::config(), make_address("::1")), client_place::near);
    EXPECT_FALSE(place_of_callout_client(vouchd::config(), make_address("192.0.2.1")));
}

TEST(admission, the_milter_serves_whom_milter_allow_clients_names_and_nobody_else) {
    vouchd::config values;
    values.milter.allow_clients = networks({"192.0.2.0/24", "2001:db8::/32"});
    auto const milter = values.milter_options();
    EXPECT_TRUE(milter.admits(make_address("192.0.2.7")));
    EXPECT_TRUE(milter.admits(make_address("2001:db8::7")));
    EXPECT_FALSE(milter.admits(make_address("127.0.0.1")));
    EXPECT_FALSE(milter.admits(make_address("198.51.100.1")));
}

TEST(admission, an_empty_list_admits_nobody) {
    vouchd::config values;
    values.milter.allow_clients.clear();
    EXPECT_FALSE(values.milter_options().admits(make_address("127.0.0.1")));
    EXPECT_EQ(place_of("127.0.0.1", {}), std::nullopt);
}

// DM-140
TEST(admission, DM_140_only_a_client_on_this_machine_may_choose_the_host) {
    auto const everybody = networks({"0.0.0.0/0", "::/0"});
    for (auto const* near : {"127.0.0.1", "127.0.0.2", "::1"})
        EXPECT_EQ(place_of(near, everybody), client_place::near) << near;
    for (auto const* far : {"192.0.2.1", "10.0.0.1", "128.0.0.1", "2001:db8::1", "::2"})
        EXPECT_EQ(place_of(far, everybody), client_place::far) << far;
    EXPECT_EQ(place_of_callout_client(vouchd::config(), std::nullopt), client_place::near);

    vouchd::config values;
    EXPECT_TRUE(values.callout_session_options(client_place::near).allow_host);
    EXPECT_FALSE(values.callout_session_options(client_place::far).allow_host);
    values.callout_server.session.allow_host = true;
    EXPECT_TRUE(values.callout_session_options(client_place::far).allow_host);
}

TEST(admission, an_IPv4_address_in_the_form_of_IPv6_is_that_IPv4_address) {
    EXPECT_EQ(vouchd::unmapped(make_address("::ffff:192.0.2.7")), make_address("192.0.2.7"));
    EXPECT_EQ(vouchd::unmapped(make_address("192.0.2.7")), make_address("192.0.2.7"));
    EXPECT_EQ(vouchd::unmapped(make_address("::1")), make_address("::1"));
    EXPECT_EQ(vouchd::unmapped(make_address("64:ff9b::192.0.2.7")), make_address("64:ff9b::192.0.2.7"));
}
