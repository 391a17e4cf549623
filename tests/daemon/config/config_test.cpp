#include "config/config.hpp"

#include <gtest/gtest.h>

#include "config/schema.hpp"

using namespace std::chrono_literals;

namespace {

vouchd::loaded_config load(std::string_view text) {
    return vouchd::load_config_text(text, "test.toml");
}

/// A configuration whose sockets lie in a folder that exists.
std::string with(std::string_view more) {
    return "config_version = 1\nserver.state_dir = \"/tmp\"\nserver.hostname = \"mail.example.net\"\n" +
           std::string(more);
}

std::string complaints(std::string_view more) {
    return vouchd::report(load(with(more)).problems);
}

}  // namespace

TEST(config, a_version_alone_gives_the_defaults) {
    auto const loaded =
        load("config_version = 1\nserver.hostname = \"mail.example.net\"\nserver.state_dir = \"/tmp\"\n");
    EXPECT_TRUE(loaded.problems.empty()) << vouchd::report(loaded.problems);
    EXPECT_EQ(loaded.values.server.mode, vouchd::mode::monitor);
    EXPECT_EQ(loaded.values.milter.reply_budget, 8s);
    EXPECT_EQ(loaded.values.milter.sender_check_at, vouchd::check_at::first_rcpt);
    ASSERT_EQ(loaded.values.milter.listen.size(), 1u);
    EXPECT_EQ(loaded.values.milter.listen.front().to_string(), "unix:/tmp/milter.sock");
    ASSERT_TRUE(loaded.values.control.listen);
    EXPECT_EQ(loaded.values.control.listen->to_string(), "unix:/tmp/control.sock");
}

TEST(config, values_reach_the_engine) {
    auto const loaded = load(with(R"(
[callout]
port = 2525
helo = "probe.example.net"
mail_from = ["<>", "verifier@example.net"]
ip_versions = ["ipv6", "ipv4"]
max_reply_line = "1KiB"
[callout.soft]
connect = "1500ms"
[destinations]
allow = ["192.0.2.0/24"]
[dns]
servers = ["127.0.0.1:5353", "[::1]:54"]
)"));
    ASSERT_TRUE(!vouchd::any_error(loaded.problems)) << vouchd::report(loaded.problems);
    auto const options = loaded.values.engine_options();
    EXPECT_EQ(options.port, 2525);
    EXPECT_EQ(options.helo.text(), "probe.example.net");
    EXPECT_EQ(options.fallback_sender.value().address(), "verifier@example.net");
    EXPECT_FALSE(options.prefer_ipv4);
    EXPECT_EQ(options.reply_limits.line, 1024u);
    EXPECT_EQ(options.soft.connect, 1500ms);
    EXPECT_TRUE(options.destinations.allow.front().contains(boost::asio::ip::make_address("192.0.2.9")));
    auto const servers = loaded.values.resolver.servers;
    ASSERT_EQ(servers.size(), 2u);
    EXPECT_EQ(servers[0].port(), 5353);
    EXPECT_EQ(servers[1].address().to_string(), "::1");
}

// DM-004
TEST(config, a_number_without_unit_is_refused_with_the_remedy) {
    EXPECT_EQ(complaints("[milter]\nreply_budget = \"8\"\n"),
              "test.toml:5:16: error E107 milter.reply_budget: \"8\" has no unit (write \"8s\")\n");
    EXPECT_EQ(complaints("[milter]\nreply_budget = 8\n"),
              "test.toml:5:16: error E107 milter.reply_budget: 8 has no unit (write \"8s\")\n");
    EXPECT_EQ(complaints("[milter]\nmax_packet = \"64\"\n"),
              "test.toml:5:14: error E107 milter.max_packet: \"64\" has no unit (write \"64KiB\")\n");
}

TEST(config, the_code_of_a_complaint_does_not_depend_on_what_the_value_says) {
    EXPECT_NE(complaints("server.mode = \"has no unit\"\n").find("error E103 server.mode"),
              std::string::npos);
}

// DM-003
TEST(config, an_unknown_key_is_refused_with_the_nearest_name) {
    EXPECT_EQ(
        complaints("[milter]\nreply_buget = \"8s\"\n"),
        "test.toml:5:1: error E100 milter.reply_buget: no such key (did you mean milter.reply_budget?)\n");
    EXPECT_EQ(complaints("[nonsense]\nx = 1\n"), "test.toml:4:2: error E100 nonsense: no such key\n");
}

TEST(config, a_key_that_does_nothing_yet_is_refused_even_with_its_default) {
    for (auto const& key : vouchd::schema()) {
        if (key.is_supported() || key.path.find('.') == std::string_view::npos) continue;
        auto const text = complaints(std::string(key.path) + " = 1\n");
        EXPECT_NE(text.find("error E105 " + std::string(key.path) + ": is not supported yet"), text.npos)
            << text;
    }
    EXPECT_NE(complaints("[[rule]]\nname = \"x\"\n").find("E105 rule: is not supported yet"),
              std::string::npos);
    EXPECT_NE(complaints("[http]\nenabled = true\n").find("E105 http: is not supported yet"),
              std::string::npos);
}

TEST(config, a_word_that_does_nothing_yet_is_refused) {
    EXPECT_EQ(
        complaints("[cache]\nbackend = \"redis\"\n"),
        "test.toml:5:11: error E103 cache.backend: \"redis\" is not supported yet (use memory | sqlite)\n");
    EXPECT_NE(complaints("server.mode = \"tag\"\n").find("not supported yet"), std::string::npos);
    EXPECT_NE(complaints("milter.listen = [\"systemd:milter\"]\n").find("not supported yet"),
              std::string::npos);
    EXPECT_NE(complaints("lists.local_domains = [\"file:/x\"]\n").find("not supported yet"),
              std::string::npos);
    EXPECT_NE(complaints("server.mode = \"strict\"\n").find("is not one of monitor | enforce"),
              std::string::npos);
}

struct wrong_value {
    char const* text;
    char const* complaint;
};

void PrintTo(wrong_value const& wrong, std::ostream* out) {
    *out << wrong.complaint;
}

class wrong_values : public testing::TestWithParam<wrong_value> {};

TEST_P(wrong_values, are_refused_with_place_and_remedy) {
    auto const text = complaints(GetParam().text);
    EXPECT_NE(text.find(GetParam().complaint), text.npos) << text;
    EXPECT_TRUE(text.starts_with("test.toml:4:")) << text;
}

INSTANTIATE_TEST_SUITE_P(
    config, wrong_values,
    testing::Values(
        wrong_value{"milter = 3\n", "E103 milter: is a section (write [milter])"},
        wrong_value{"milter.listen = \"unix:/tmp/x\"\n", "E103 milter.listen: must be a list of texts"},
        wrong_value{"milter.listen = [\"tcp:10025\"]\n", "E103 milter.listen: \"tcp:10025\": not a socket"},
        wrong_value{"milter.listen = []\n", "E120 milter.listen: must name at least one socket"},
        wrong_value{"milter.listen = [\"unix:/no/such/folder/x\"]\n",
                    "E120 milter.listen: /no/such/folder is not a directory"},
        wrong_value{"milter.max_connections = 0\n", "must be a whole number from 1 to 65000"},
        wrong_value{"milter.max_connections = \"many\"\n", "must be a whole number"},
        wrong_value{"milter.reply_budget = \"10ms\"\n",
                    "E104 milter.reply_budget: must be from 100ms to 4m50s"},
        wrong_value{"milter.socket_mode = \"rw\"\n", "E104 milter.socket_mode"},
        wrong_value{"milter.allow_clients = [\"10.0.0.0/33\"]\n", "is not a network"},
        wrong_value{"callout.port = 70000\n", "must be a whole number from 1 to 65535"},
        wrong_value{"callout.helo = \"bad_name\"\n", "E131 callout.helo"},
        wrong_value{"callout.helo = \"a.example\\r\\nMAIL\"\n", "must not hold control characters"},
        wrong_value{"callout.mail_from = [\"not an address\"]\n", "E132 callout.mail_from"},
        wrong_value{"callout.mail_from = [\"<>\", \"not..taken@example.org\"]\n", "E132 callout.mail_from"},
        wrong_value{"callout.source_ipv4 = \"::1\"\n", "E130 callout.source_ipv4"},
        wrong_value{"callout.ip_versions = []\n", "must name at least one of ipv4 | ipv6"},
        wrong_value{"callout.ip_versions = [\"ipv4\", \"ipv4\"]\n", "stands here twice"},
        wrong_value{"callout.soft.rcpt = \"9s\"\n", "E134 callout.soft.rcpt"},
        wrong_value{"callout.hard.total = \"4m\"\n",
                    "E135 callout.hard.total: must be at least the longest of callout.hard (5m)"},
        wrong_value{"callout.hard.total = \"2h\"\n", "E135 callout.hard.total"},
        wrong_value{"callout.max_parallel_per_address = 300\n",
                    "E133 callout.max_parallel_per_address: callout.max_parallel_per_address (300) must not "
                    "be above callout.max_parallel (200)"},
        wrong_value{"callout.max_parallel = 1\n", "E133 callout.max_parallel: "},
        wrong_value{"callout.domain_rate = \"60\"\n", "\"60\" is not a rate"},
        wrong_value{"callout.domain_rate = 60\n", "must be a rate in quotes"},
        wrong_value{"callout.starttls = \"sometimes\"\n",
                    "\"sometimes\" is not one of never | ondemand | always | require"},
        wrong_value{"callout.tls_min_version = \"1.1\"\n", "is not one of 1.2 | 1.3"},
        wrong_value{"callout.session_idle = \"1m\"\n", "E104 callout.session_idle: must be from 0s to 10s"},
        wrong_value{"callout.max_rcpt_per_session = 0\n", "must be a whole number from 1 to 100"},
        wrong_value{"cache.positive_refresh = \"8d\"\n",
                    "E140 cache.positive_refresh: cache.positive_refresh (1w1d) must be below "
                    "cache.positive_ttl (1w)"},
        wrong_value{"cache.negative_ttl = \"1500ms\"\n", "E104 cache.negative_ttl: must be a multiple of 1s"},
        wrong_value{"cache.positive_ttl = \"1h\"\n", "E140 cache.positive_ttl"},
        wrong_value{"destinations.deny_special_purpose = \"yes\"\n", "must be true or false"},
        wrong_value{"dns.servers = [\"localhost\"]\n", "is not a server"},
        wrong_value{"dns.servers = [\"127.0.0.1:99999\"]\n", "is not a server"},
        wrong_value{"lists.never_verify = [\"exa mple\"]\n", "is not a domain"},
        wrong_value{"log.file = \"x.log\"\nlog.target = \"file\"\n",
                    "E180 log.file: must be an absolute path"},
        wrong_value{
            "milter.socket_group = \"no such group\"\n",
            "E120 milter.socket_group: \"no such group\" is not a group of this machine (make it with "
            "groupadd, or choose one that `getent group` lists)"},
        wrong_value{"control.socket_group = \"rooot\"\n",
                    "E120 control.socket_group: \"rooot\" is not a group of this machine (did you mean "
                    "\"root\"?)"},
        wrong_value{"callout_server.socket_group = \"rooot\"\ncallout_server.enabled = true\n",
                    "E120 callout_server.socket_group: \"rooot\" is not a group"},
        wrong_value{"milter.listen = [\"unix:/tmp/a\", \"unix:/tmp/a\"]\n", "is listened on twice"},
        wrong_value{"callout.mail_from = [\"<>\", \"<j\u00f6rg@example.net>\"]\n", "E132 callout.mail_from"},
        wrong_value{"control.listen = \"unix:/no/such/folder/x\"\n",
                    "E120 control.listen: /no/such/folder is not a directory"},
        wrong_value{"log.file = \"/no/such/folder/x\"\nlog.target = \"file\"\n",
                    "E180 log.file: /no/such/folder is not a directory"},
        wrong_value{"control.listen = \"inet:99@127.0.0.1\"\n",
                    "E120 control.listen: must be a unix socket"}));

TEST(config, the_second_sender_is_said_as_an_address_whatever_brackets_it_was_written_in) {
    auto const loaded = load(with("callout.mail_from = [\"<>\", \"<@relay.example:Probe@Example.NET>\"]\n"));
    ASSERT_FALSE(vouchd::any_error(loaded.problems)) << vouchd::report(loaded.problems);
    EXPECT_EQ(loaded.values.engine_options().fallback_sender.value().address(), "Probe@example.net");
}

TEST(config, a_missing_state_directory_is_refused) {
    auto const text =
        vouchd::report(load("config_version = 1\nserver.state_dir = \"/no/such/folder\"\n").problems);
    EXPECT_NE(text.find("E113 server.state_dir: /no/such/folder is not a directory (make it first)"),
              text.npos)
        << text;
}

TEST(config, a_wrong_state_directory_is_refused) {
    EXPECT_NE(vouchd::report(load("config_version = 1\nserver.state_dir = \"state\"\n").problems)
                  .find("E113 server.state_dir: must be an absolute path"),
              std::string::npos);
}

TEST(config, broken_toml_names_line_and_column) {
    auto const text = complaints("[milter\nlisten = 1\n");
    EXPECT_TRUE(text.starts_with("test.toml:4:8: error E106: ")) << text;
}

TEST(config, a_missing_version_is_the_first_thing_said) {
    EXPECT_NE(vouchd::report(load("").problems).find("E101 config_version: is missing"), std::string::npos);
    EXPECT_NE(vouchd::report(load("config_version = 2\n").problems).find("another release"),
              std::string::npos);
}

// DM-008
TEST(config, all_problems_are_reported_in_the_order_of_the_file) {
    auto const text =
        complaints("[milter]\nmax_connections = 0\nreply_budget = \"8\"\nlisten = 1\n[dns]\ntries = 0\n");
    auto const at = [&text](char const* key) { return text.find(key); };
    EXPECT_LT(at("milter.max_connections"), at("milter.reply_budget"));
    EXPECT_LT(at("milter.reply_budget"), at("milter.listen"));
    EXPECT_LT(at("milter.listen"), at("dns.tries"));
}

TEST(config, a_missing_file_says_what_to_do) {
    auto const loaded = vouchd::load_config("/no/such/file.toml");
    EXPECT_EQ(vouchd::report(loaded.problems),
              "/no/such/file.toml: error E108: No such file or directory (give a file with -c)\n");
}

// DM-013, and the remarks that change nothing
TEST(config, unwise_values_are_remarked_on) {
    EXPECT_NE(complaints("milter.reply_budget = \"12s\"\n").find("warning W02 milter.reply_budget"),
              std::string::npos);
    EXPECT_NE(complaints("milter.reply_budget = \"29s\"\n").find("warning W03"), std::string::npos);
    EXPECT_NE(complaints("milter.idle_timeout = \"1m\"\n").find("warning W04"), std::string::npos);
    EXPECT_NE(complaints("milter.sender_check_at = \"mail\"\n").find("warning W06"), std::string::npos);
    EXPECT_NE(complaints("milter.listen = [\"inet:10025@192.0.2.1\"]\n").find("warning W01"),
              std::string::npos);
    EXPECT_NE(complaints("destinations.allow = [\"127.0.0.0/8\"]\n").find("warning W10"), std::string::npos);
    EXPECT_NE(complaints("dns.servers = [\"192.0.2.53\"]\n").find("warning W11"), std::string::npos);
    EXPECT_EQ(complaints(""), "");
}

TEST(config, the_size_of_a_packet_counts_the_command_byte_as_far_as_no_agreement_is_needed) {
    for (auto const& [packet, payload] : {std::pair("1KiB", 1023u), {"64KiB", 65535u}, {"65537B", 65537u}}) {
        auto const line = std::string("milter.max_packet = \"") + packet + "\"\n";
        auto const loaded = load(with(line));
        EXPECT_EQ(loaded.values.milter.options.max_payload, payload);
        auto const printed = vouchd::find_key("milter.max_packet")->print(loaded.values);
        EXPECT_EQ(printed, std::string("\"") + packet + "\"");
    }
}

TEST(config, a_value_that_is_refused_leaves_the_default_in_force) {
    auto const loaded =
        load(with("callout.mail_from = [\"<>\", \"nobody\"]\nmilter.socket_mode = \"0888\"\n"
                  "callout.ip_versions = [\"ipv6\", \"ipv8\"]\ndns.timeout = \"2m\"\n"));
    EXPECT_EQ(loaded.problems.size(), 4u) << vouchd::report(loaded.problems);
    for (auto const* path :
         {"callout.mail_from", "milter.socket_mode", "callout.ip_versions", "dns.timeout"}) {
        auto const* const key = vouchd::find_key(path);
        EXPECT_EQ(key->print(loaded.values), key->print(vouchd::config())) << path;
    }
}

// DM-018
TEST(config, what_is_printed_is_read_back_as_the_same) {
    auto const first =
        load(with("milter.listen = [\"inet:0@127.0.0.1\", \"inet6:10025@[::1]\"]\nlists.local_domains = "
                  "[\".example.org\", \"*\"]\ncallout.soft.quit = \"1ms\"\nlog.file = \"/a \\\"b\\\\c\"\n"));
    ASSERT_FALSE(vouchd::any_error(first.problems)) << vouchd::report(first.problems);
    auto const printed = vouchd::print_config(first.values, vouchd::print_what::all);
    auto const second = load(printed);
    ASSERT_FALSE(vouchd::any_error(second.problems)) << vouchd::report(second.problems) << printed;
    for (auto const& key : vouchd::schema()) {
        if (!key.is_supported()) continue;
        EXPECT_EQ(key.print(first.values), key.print(second.values)) << key.path;
    }
}

// DM-020
TEST(config, only_what_differs_is_printed_on_request) {
    vouchd::config const defaults;
    EXPECT_EQ(vouchd::print_config(defaults, vouchd::print_what::differing), "");
    auto const loaded = load(with("[dns]\ntries = 3\n"));
    auto const printed = vouchd::print_config(loaded.values, vouchd::print_what::differing);
    EXPECT_NE(printed.find("[dns]\ntries = 3  # test.toml:5\n"), printed.npos) << printed;
    EXPECT_EQ(printed.find("max_connections"), printed.npos);
}
