#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "callout/system.hpp"
#include "support/callout_dns_server.hpp"

using namespace callout;
using namespace std::chrono_literals;
using test::callout_dns_message;
using test::callout_dns_server;
using test::octets;

namespace {

boost::asio::awaitable<void> ask(resolver& dns, std::string name, record_type type, steady_time until,
                                 dns_answer& into, boost::asio::io_context& context) {
    into = co_await dns.query(name, type, until);
    context.stop();
}

resolver_options asking(std::vector<callout_dns_server const*> const& servers, unsigned tries,
                        std::chrono::milliseconds timeout) {
    resolver_options options;
    options.timeout = timeout;
    options.tries = tries;
    for (auto const* server : servers) options.servers.push_back(server->endpoint());
    return options;
}

dns_answer answer_of(resolver& dns, boost::asio::io_context& context, std::string name, record_type type,
                     std::chrono::milliseconds budget) {
    dns_answer answer;
    auto const until = std::chrono::steady_clock::now() + budget;
    boost::asio::co_spawn(context, ask(dns, name, type, until, answer, context), boost::asio::detached);
    context.run();
    return answer;
}

/// Asks the servers in their order, over real sockets. Nothing but `budget` ends a silence.
dns_answer query(boost::asio::io_context& context, std::vector<callout_dns_server const*> servers,
                 std::string name, record_type type, std::chrono::milliseconds budget = 1min) {
    auto const dns = make_cares_resolver(context.get_executor(), asking(servers, 1, 1min));
    return answer_of(*dns, context, std::move(name), type, budget);
}

struct cares_resolver : ::testing::Test {
    boost::asio::io_context context{1};

    dns_answer answer_to(std::function<octets(octets const&, bool)> answerer,
                         std::string name = "example.org", record_type type = record_type::mx) {
        callout_dns_server const server(context, std::move(answerer));
        return query(context, {&server}, name, type);
    }
};

/// Returns whether the query has an additional record, which is its OPT record (RFC 6891 6.1.1).
bool has_edns(octets const& q) {
    return q[11] != 0;
}

octets rcode(octets const& q, unsigned code) {
    return callout_dns_message(q).rcode(code).bytes();
}

}  // namespace

TEST_F(cares_resolver, reads_exchanges_with_their_ttl) {  // CO-011
    auto const a = answer_to([](octets const& q, bool) {
        return callout_dns_message(q)
            .mx("example.org", 300, 20, "MX2.example.org")
            .mx("example.org", 120, 10, "mx1.example.org")
            .bytes();
    });
    ASSERT_TRUE(a.ok()) << a.detail;
    ASSERT_EQ(a.exchanges.size(), 2u);
    EXPECT_EQ(a.exchanges[0].exchange, "mx1.example.org");
    EXPECT_EQ(a.exchanges[1].exchange, "mx2.example.org");
    EXPECT_EQ(a.exchanges[1].preference, 20);
    EXPECT_EQ(a.ttl, 120s);
}

TEST_F(cares_resolver, null_mx_is_an_empty_exchange) {  // CO-013
    auto const a = answer_to(
        [](octets const& q, bool) { return callout_dns_message(q).mx("example.org", 300, 0, "").bytes(); });
    ASSERT_EQ(a.exchanges.size(), 1u);
    EXPECT_EQ(a.exchanges[0].exchange, "");
}

TEST_F(cares_resolver, tells_no_data_from_no_domain) {  // CO-015, CO-017
    auto const no_data =
        answer_to([](octets const& q, bool) { return callout_dns_message(q).soa("org", 900, 60).bytes(); });
    EXPECT_EQ(no_data.outcome, dns_outcome::no_data);
    EXPECT_EQ(no_data.ttl, 60s);
    context.restart();
    auto const no_domain = answer_to([](octets const& q, bool) { return rcode(q, 3); });
    EXPECT_EQ(no_domain.outcome, dns_outcome::no_domain);
}

TEST_F(cares_resolver, servfail_is_a_failure_and_not_silence) {  // CO-018
    auto const a = answer_to([](octets const& q, bool) { return rcode(q, 2); });
    EXPECT_EQ(a.outcome, dns_outcome::failed);
    EXPECT_EQ(a.detail, "SERVFAIL");
}

TEST_F(cares_resolver, asks_the_next_server_after_servfail) {
    callout_dns_server const bad(context, [](octets const& q, bool) { return rcode(q, 2); });
    callout_dns_server const good(context, [](octets const& q, bool) {
        return callout_dns_message(q).a("example.org", 300, {192, 0, 2, 1}).bytes();
    });
    auto const a = query(context, {&bad, &good}, "example.org", record_type::a);
    ASSERT_TRUE(a.ok()) << a.detail;
    EXPECT_EQ(a.addresses.front().to_string(), "192.0.2.1");
    EXPECT_GE(bad.queries, 1);
}

TEST_F(cares_resolver, server_that_does_not_know_edns_is_asked_without) {  // CO-197
    for (unsigned const refusal : {1u, 4u}) {                              // FORMERR, NOTIMP
        context.restart();
        int with_edns = 0;
        callout_dns_server const server(context, [&](octets const& q, bool) {
            with_edns += has_edns(q);
            if (has_edns(q)) return rcode(q, refusal);
            return callout_dns_message(q).a("example.org", 300, {192, 0, 2, 1}).bytes();
        });
        auto const dns = make_cares_resolver(context.get_executor(), asking({&server}, 1, 1min));
        for (int i = 0; i < 3; ++i) {
            context.restart();
            auto const a = answer_of(*dns, context, "example.org", record_type::a, 1min);
            ASSERT_TRUE(a.ok()) << refusal << ": " << a.detail;
        }
        // It is remembered. After the first FORMERR c-ares asks again by itself, and does not say so.
        EXPECT_EQ(with_edns, refusal == 1 ? 2 : 1) << refusal;
    }
}

TEST_F(cares_resolver, server_that_is_silent_to_edns_is_asked_without) {  // CO-197
    int with_edns = 0;
    callout_dns_server const server(context, [&](octets const& q, bool) {
        with_edns += has_edns(q);
        return has_edns(q) ? octets() : callout_dns_message(q).a("example.org", 300, {192, 0, 2, 1}).bytes();
    });
    auto const dns = make_cares_resolver(context.get_executor(), asking({&server}, 2, 50ms));
    for (int i = 0; i < 3; ++i) {
        context.restart();
        auto const a = answer_of(*dns, context, "example.org", record_type::a, 1min);
        ASSERT_TRUE(a.ok()) << a.detail;
    }
    EXPECT_EQ(with_edns, 1);
}

TEST_F(cares_resolver, server_that_refuses_both_ways_is_left_for_the_next) {  // CO-197
    callout_dns_server const bad(context, [](octets const& q, bool) { return rcode(q, 1); });
    callout_dns_server const good(context, [](octets const& q, bool) {
        return callout_dns_message(q).a("example.org", 300, {192, 0, 2, 1}).bytes();
    });
    EXPECT_TRUE(query(context, {&bad, &good}, "example.org", record_type::a).ok());
}

TEST_F(cares_resolver, silence_ends_at_the_deadline) {  // CO-019
    auto const begun = std::chrono::steady_clock::now();
    callout_dns_server const server(context, [](octets const&, bool) { return octets(); });
    auto const a = query(context, {&server}, "example.org", record_type::a, 50ms);
    EXPECT_EQ(a.outcome, dns_outcome::timed_out);
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 50ms);
}

TEST_F(cares_resolver, truncated_answer_is_fetched_over_tcp) {  // CO-026
    auto const a = answer_to([](octets const& q, bool over_tcp) {
        if (!over_tcp) return callout_dns_message(q).truncated().bytes();
        return callout_dns_message(q).mx("example.org", 300, 5, "mx.example.org").bytes();
    });
    ASSERT_TRUE(a.ok()) << a.detail;
    EXPECT_EQ(a.exchanges.front().exchange, "mx.example.org");
}

TEST_F(cares_resolver, follows_a_cname_within_the_answer) {  // CO-022, CO-024
    auto const a = answer_to([](octets const& q, bool) {
        return callout_dns_message(q)
            .mx("real.example.net", 300, 5, "mx.example.net")
            .cname("example.org", 40, "real.example.net")
            .bytes();
    });
    ASSERT_TRUE(a.ok()) << a.detail;
    EXPECT_EQ(a.name, "real.example.net");
    EXPECT_EQ(a.ttl, 40s);
}

TEST_F(cares_resolver, asks_for_the_target_that_the_answer_leaves_out) {
    auto const a = answer_to(
        [](octets const& q, bool) {
            bool const for_alias = q[12] == 5;  // the length of "alias"
            if (for_alias)
                return callout_dns_message(q).cname("alias.example.org", 40, "real.example.net").bytes();
            return callout_dns_message(q).mx("real.example.net", 300, 5, "mx.example.net").bytes();
        },
        "alias.example.org");
    ASSERT_TRUE(a.ok()) << a.detail;
    EXPECT_EQ(a.exchanges.front().exchange, "mx.example.net");
}

TEST_F(cares_resolver, cname_loop_ends) {  // CO-023
    auto const a = answer_to([](octets const& q, bool) {
        return callout_dns_message(q)
            .cname("example.org", 40, "b.example.org")
            .cname("b.example.org", 40, "example.org")
            .bytes();
    });
    EXPECT_EQ(a.outcome, dns_outcome::failed);
}

TEST_F(cares_resolver, broken_records_are_a_failure) {
    auto const a =
        answer_to([](octets const& q,
                     bool) { return callout_dns_message(q).raw("example.org", 1, 60, {1, 2, 3}).bytes(); },
                  "example.org", record_type::a);
    EXPECT_EQ(a.outcome, dns_outcome::failed);
}

TEST_F(cares_resolver, name_that_dns_cannot_hold_is_a_failure) {
    auto const a =
        answer_to([](octets const& q, bool) { return rcode(q, 3); }, std::string(70, 'a') + ".example.org");
    EXPECT_EQ(a.outcome, dns_outcome::failed);
}

TEST_F(cares_resolver, name_that_is_reserved_as_missing_is_not_asked_for) {  // CO-199
    int queries = 0;
    for (auto const* name : {"example.invalid", "Mail.Example.INVALID"}) {
        context.restart();
        auto const a = answer_to(
            [&](octets const& q, bool) {
                ++queries;
                return rcode(q, 5);
            },
            name);
        EXPECT_EQ(a.outcome, dns_outcome::no_domain) << name;
        EXPECT_GT(a.ttl, 0s);
    }
    EXPECT_EQ(queries, 0);
}

TEST_F(cares_resolver, search_list_is_never_used) {  // CO-010
    ::setenv("LOCALDOMAIN", "example.net example.com", 1);
    std::vector<std::string> asked;
    for (auto const* name : {"mailhost", "mail.example"}) {
        context.restart();
        auto const answer = answer_to(
            [&](octets const& q, bool) {
                asked.push_back(test::question_name(q));
                return rcode(q, 3);
            },
            name);
        EXPECT_EQ(answer.outcome, dns_outcome::no_domain);
    }
    ::unsetenv("LOCALDOMAIN");
    EXPECT_EQ(asked, (std::vector<std::string>{"mailhost", "mail.example"}));
}

TEST_F(cares_resolver, answer_to_another_question_is_waited_out) {  // RS-055
    auto const evil = [](octets const& q) {
        auto const name = test::question_name(q);
        return callout_dns_message(q).a(name, 300, {203, 0, 113, 66}).bytes();
    };
    auto const type = static_cast<unsigned>(record_type::a);
    std::pair<char const*, std::function<octets(octets)>> const decoys[] = {
        {"another number",
         [&](octets q) {
             ++q[1];
             return evil(q);
         }},
        {"another name",
         [&](octets const& q) {
             auto other = test::dns_query("evil.example", type);
             std::copy_n(q.begin(), 2, other.begin());
             return evil(other);
         }},
        {"another type",
         [&](octets const& q) {
             auto other = test::dns_query("example.org", 28);
             std::copy_n(q.begin(), 2, other.begin());
             return evil(other);
         }},
    };
    for (auto const& [what, decoy] : decoys) {
        context.restart();
        callout_dns_server server(context, [](octets const& q, bool) {
            return callout_dns_message(q).a("example.org", 300, {192, 0, 2, 1}).bytes();
        });
        server.before = decoy;
        auto const a = query(context, {&server}, "example.org", record_type::a);
        ASSERT_TRUE(a.ok()) << what << ": " << a.detail;
        EXPECT_EQ(a.addresses.front().to_string(), "192.0.2.1") << what;
    }
}

TEST_F(cares_resolver, asks_the_next_server_after_an_echo) {
    callout_dns_server const echo(context, [](octets const& q, bool) { return q; });
    callout_dns_server const good(context, [](octets const& q, bool) {
        return callout_dns_message(q).a("example.org", 300, {192, 0, 2, 1}).bytes();
    });
    EXPECT_TRUE(query(context, {&echo, &good}, "example.org", record_type::a).ok());
}

namespace {

/// Returns the query as a server that knows only small letters would repeat it.
octets with_small_letters(octets query) {
    auto const end = query.begin() + static_cast<std::ptrdiff_t>(test::end_of_question_name(query));
    std::transform(query.begin() + 12, end, query.begin() + 12,
                   [](unsigned char c) { return static_cast<unsigned char>(std::tolower(c)); });
    return query;
}

/// Its letters are too many to be all small by chance.
std::string const long_name = std::string(60, 'a') + '.' + std::string(60, 'b') + ".example";

octets address_for(octets const& query, unsigned char last) {
    return callout_dns_message(query).a(long_name, 300, {192, 0, 2, last}).bytes();
}

}  // namespace

TEST_F(cares_resolver, forged_answer_with_other_letters_does_not_count) {  // CO-217
    callout_dns_server server(context, [](octets const& q, bool) { return address_for(q, 1); });
    server.before = [](octets const& q) { return address_for(with_small_letters(q), 66); };
    auto const dns = make_cares_resolver(context.get_executor(), asking({&server}, 1, 1min));
    for (int i = 1; i <= 3; ++i) {
        context.restart();
        auto const a = answer_of(*dns, context, long_name, record_type::a, 1min);
        ASSERT_TRUE(a.ok()) << a.detail;
        EXPECT_EQ(a.addresses.front().to_string(), "192.0.2.1");
        EXPECT_EQ(server.queries, i) << "the truth comes over TCP, and nothing is learnt from a forgery";
    }
}

TEST_F(cares_resolver, server_that_knows_small_letters_only_is_asked_in_them) {  // CO-217
    int over_tcp = 0, mixed = 0;
    callout_dns_server const server(context, [&](octets const& q, bool tcp) {
        over_tcp += tcp;
        mixed += with_small_letters(q) != q;
        return address_for(with_small_letters(q), 1);
    });
    auto const dns = make_cares_resolver(context.get_executor(), asking({&server}, 1, 1min));
    for (int i = 0; i < 3; ++i) {
        context.restart();
        ASSERT_TRUE(answer_of(*dns, context, long_name, record_type::a, 1min).ok());
    }
    EXPECT_EQ(over_tcp, 1);
    EXPECT_EQ(mixed, 2) << "once over UDP, once over TCP";
    EXPECT_EQ(server.queries, 3);
}

TEST_F(cares_resolver, server_without_tcp_that_knows_small_letters_only_is_asked_in_them) {  // CO-217
    callout_dns_server const server(context, [](octets const& q, bool tcp) {
        return tcp ? octets() : address_for(with_small_letters(q), 1);
    });
    auto const dns = make_cares_resolver(context.get_executor(), asking({&server}, 1, 1min));
    for (int i = 0; i < 2; ++i) {
        context.restart();
        ASSERT_TRUE(answer_of(*dns, context, long_name, record_type::a, 1min).ok());
    }
    EXPECT_EQ(server.queries, 3);
}

namespace {

boost::asio::awaitable<void> ask_together(resolver& dns, std::string name, steady_time until, int& left,
                                          boost::asio::io_context& context) {
    auto const answer = co_await dns.query(std::move(name), record_type::a, until);
    EXPECT_TRUE(answer.ok()) << answer.detail;
    if (--left == 0) context.stop();
}

}  // namespace

TEST_F(cares_resolver, questions_leave_from_many_ports_under_numbers_by_chance) {  // CO-216
    constexpr int questions = 200;
    std::set<unsigned> numbers;
    callout_dns_server server(context, [&](octets const& q, bool) {
        numbers.insert(q[0] * 256u + q[1]);
        return callout_dns_message(q).a(test::question_name(q), 300, {192, 0, 2, 1}).bytes();
    });
    server.answers_when_there_are = questions;
    auto const dns = make_cares_resolver(context.get_executor(), asking({&server}, 1, 1min));
    int left = questions;
    auto const until = std::chrono::steady_clock::now() + 1min;
    for (int i = 0; i < questions; ++i) {
        auto name = 'n' + std::to_string(i) + ".example.org";
        boost::asio::co_spawn(context, ask_together(*dns, std::move(name), until, left, context),
                              boost::asio::detached);
    }
    context.run();
    EXPECT_EQ(server.ports.size(), questions / 8u);
    EXPECT_GE(numbers.size(), questions - 10u) << "some may be equal by chance";
}

namespace {

/// A file that stands for /etc/resolv.conf, and news of it.
class changing_file : public cares_resolver {
public:
    changing_file() { options.resolv_conf = folder / "resolv.conf"; }
    ~changing_file() override { std::filesystem::remove_all(folder); }

    void write(std::string_view text) const { std::ofstream(options.resolv_conf) << text; }
    /// It looks at the file at most once a second: asks until the news has come.
    void ask_until_told(resolver& dns, std::size_t many) {
        auto const until = std::chrono::steady_clock::now() + 1min;
        do {
            context.restart();
            auto const ignored = answer_of(dns, context, "example.test", record_type::a, 1ms);
        } while (told.size() < many && std::chrono::steady_clock::now() < until);
    }
    std::unique_ptr<resolver> make() {
        resolver_news news;
        news.changed = [this](std::vector<boost::asio::ip::udp::endpoint> const& servers) {
            told.push_back(servers.front().address().to_string() + " of " + std::to_string(servers.size()));
        };
        news.kept = [this] { told.emplace_back("kept"); };
        return make_cares_resolver(context.get_executor(), options, std::move(news));
    }

    std::filesystem::path folder = make_folder();
    resolver_options options;
    std::vector<std::string> told;

private:
    static std::filesystem::path make_folder() {
        auto name = (std::filesystem::temp_directory_path() / "resolv.XXXXXX").string();
        return ::mkdtemp(name.data());
    }
};

}  // namespace

TEST_F(changing_file, is_followed) {  // CO-215
    write("nameserver 127.0.0.2\n");
    auto const dns = make();
    ask_until_told(*dns, 0);
    EXPECT_TRUE(told.empty());
    write("nameserver 127.0.0.3\nnameserver 127.0.0.4\n");
    ask_until_told(*dns, 1);
    write("nonsense\n");
    ask_until_told(*dns, 2);
    std::filesystem::remove(options.resolv_conf);
    write("nameserver 127.0.0.3\nnameserver 127.0.0.4\n# as before\n");
    ask_until_told(*dns, 3);
    std::filesystem::rename(options.resolv_conf, folder / "other");
    write("nameserver 127.0.0.5\n");
    ask_until_told(*dns, 4);
    EXPECT_EQ(told, (std::vector<std::string>{"127.0.0.3 of 2", "kept", "127.0.0.3 of 2", "127.0.0.5 of 1"}));
}

namespace {

/// Asks one server several times, one after the other. Waits are short, because what is not answered at once
/// is not answered at all.
struct silent_name_server : ::testing::Test {
    using answerer = std::function<octets(octets const&)>;
    static constexpr int many = 20;

    silent_name_server() {
        auto options = asking({&server_}, 1, 50ms);
        resolver_news news;
        news.silent = [this](std::string const&) { told_.emplace_back("silent"); };
        news.answers_again = [this](std::string const&) { told_.emplace_back("answers"); };
        dns_ = make_cares_resolver(context_.get_executor(), options, news);
    }

    dns_answer ask(std::string name) {
        context_.restart();
        return answer_of(*dns_, context_, std::move(name), record_type::mx, 1min);
    }
    void ask_often(int times) {
        for (int i = 0; i < times; ++i) EXPECT_EQ(ask("silent.test").outcome, dns_outcome::timed_out);
    }
    /// Lets what is under way end.
    void rest() {
        context_.restart();
        context_.run_for(30ms);
    }

    static bool is_for_root(octets const& q) { return q[12] == 0; }

    boost::asio::io_context context_{1};
    answerer answers_ = [](octets const&) { return octets(); };
    std::size_t roots_ = 0;
    callout_dns_server server_{context_, [this](octets const& q, bool) {
                                   roots_ += is_for_root(q) ? 1 : 0;
                                   return answers_(q);
                               }};
    std::vector<std::string> told_;
    std::unique_ptr<resolver> dns_;
};

}  // namespace

TEST_F(silent_name_server, is_left_alone_once_it_is_silent_to_the_root_too) {  // CO-233
    ask_often(many);
    EXPECT_EQ(roots_, 0u);
    ask_often(1);  // by which the root is asked for
    while (told_.empty()) rest();
    EXPECT_EQ(roots_, 1u);
    EXPECT_EQ(told_, std::vector<std::string>{"silent"});
    auto const before = server_.queries;
    ask_often(many);
    EXPECT_EQ(server_.queries - before, 2 * (roots_ - 1));  // each time with one of the questions
}

TEST_F(silent_name_server, is_asked_again_once_it_answers_the_root) {  // CO-233
    ask_often(many + 1);
    while (told_.empty()) rest();
    answers_ = [](octets const& q) { return rcode(q, 3); };
    while (told_.size() < 2) {
        (void)ask("silent.test");
        rest();
    }
    EXPECT_EQ(told_.back(), "answers");
    EXPECT_NE(ask("silent.test").outcome, dns_outcome::timed_out);
}

TEST_F(silent_name_server, is_asked_again_once_it_answers_anything) {  // CO-233
    ask_often(many + 1);
    while (told_.empty()) rest();
    answers_ = [](octets const& q) { return is_for_root(q) ? octets() : rcode(q, 3); };
    while (told_.size() < 2) {
        (void)ask("silent.test");
        rest();
    }
    EXPECT_EQ(ask("silent.test").outcome, ask("another.test").outcome);
    EXPECT_NE(ask("silent.test").outcome, dns_outcome::timed_out);
}

TEST_F(silent_name_server, is_asked_as_ever_if_it_answers_the_root) {  // CO-233
    answers_ = [](octets const& q) { return is_for_root(q) ? rcode(q, 0) : octets(); };
    ask_often(many + 1);
    while (roots_ == 0) rest();
    auto const before = server_.queries;
    ask_often(many - 1);
    EXPECT_EQ(server_.queries - before, std::size_t(many - 1));
    EXPECT_TRUE(told_.empty());
}

TEST_F(silent_name_server, resolver_may_go_while_it_looks) {  // CO-233
    ask_often(many);
    context_.restart();
    (void)answer_of(*dns_, context_, "silent.test", record_type::mx, 1ms);
    dns_.reset();
    rest();
    EXPECT_TRUE(told_.empty());
}
