#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>

#include "callout/mailbox.hpp"
#include "callout/mailfromd/server.hpp"
#include "callout/reply.hpp"
#include "support/linear_cost.hpp"
#include "support/spending.hpp"

/// What readers of strangers' bytes cost grows with the bytes, and no faster.
namespace {

using namespace callout;
using test::expect_linear;
using test::spending;
using test::spent;

std::string repeated(std::string_view what, std::size_t size) {
    std::string all;
    while (all.size() < size) all += what;
    return all;
}

void read_replies(std::string_view input, std::size_t piece) {
    core::reply_reader reader;
    for (; !input.empty(); input.remove_prefix(std::min(piece, input.size()))) {
        reader.feed(input.substr(0, piece));
        for (auto one = reader.next(); one.has_value() && *one; one = reader.next()) {
        }
    }
}

void serve_client(std::string_view input, std::size_t piece) {
    core::callout_server server{core::callout_server_options()};
    while (!input.empty() && !server.finished()) {
        auto const taken = std::min({piece, input.size(), server.room()});
        if (taken == 0) return;
        server.feed(input.substr(0, taken));
        (void)server.take_run();
        server.written(server.output().size());
        input.remove_prefix(taken);
    }
}

void parse_mailbox(std::string_view input, std::size_t) {
    (void)mailbox::parse(input);
}

struct row {
    char const* name;
    std::function<std::string(std::size_t)> input;
    void (*spend)(std::string_view, std::size_t);
};

row const table[] = {
    {"short replies", [](std::size_t size) { return repeated("250 ok\r\n", size); }, read_replies},
    {"a reply of many lines", [](std::size_t size) { return repeated("250-x\r\n", size) + "250 x\r\n"; },
     read_replies},
    {"a reply of empty lines", [](std::size_t size) { return repeated("\r\n", size); }, read_replies},
    {"a line without an end", [](std::size_t size) { return "250 " + std::string(size, 'x'); }, read_replies},
    {"short commands", [](std::size_t size) { return repeated("GET EHLO\r\n", size); }, serve_client},
    {"commands that are none", [](std::size_t size) { return repeated("x\n", size); }, serve_client},
    {"a command of many words", [](std::size_t size) { return "VRFY" + repeated(" a=b", size) + "\r\n"; },
     serve_client},
    {"addresses before a RUN",
     [](std::size_t size) { return repeated("VRFY a@example.org\r\n", size) + "RUN\r\n"; }, serve_client},
    {"a command that does not end", [](std::size_t size) { return std::string(size, 'x'); }, serve_client},
    {"a mailbox of dots", [](std::size_t size) { return repeated("a.", size) + "a@example.org"; },
     parse_mailbox},
    {"a mailbox of quoted pairs",
     [](std::size_t size) { return '"' + repeated("\\\"", size) + "\"@example.org"; }, parse_mailbox},
    {"a mailbox with a route", [](std::size_t size) { return '<' + repeated("@a,", size) + "@a:b@c.d>"; },
     parse_mailbox},
    {"a mailbox of labels", [](std::size_t size) { return "a@" + repeated("a.", size) + "org"; },
     parse_mailbox},
    {"a mailbox of brackets", [](std::size_t size) { return repeated("<", size) + "a@b.c"; }, parse_mailbox},
};

spending cost_of(row const& what, std::size_t size, std::size_t piece) {
    auto const input = what.input(size);
    spent = {};
    what.spend(input, piece == 0 ? input.size() : piece);
    return spent;
}

/// For each byte that comes.
constexpr double most_bytes = 64;

// RS-118
TEST(cost, of_readers_grows_with_the_input_and_no_faster) {
    constexpr std::size_t size = 15'000;
    constexpr std::size_t whole = 0;
    for (auto const& one : table) {
        for (std::size_t const piece : {whole, std::size_t{100}, std::size_t{1}}) {
            SCOPED_TRACE(std::string(one.name) + ", in pieces of " + std::to_string(piece));
            auto const once = cost_of(one, size, piece);
            auto const twice = cost_of(one, 2 * size, piece);
            expect_linear("bytes moved", once.touched, twice.touched);
            expect_linear("bytes of memory", once.taken, twice.taken);
            EXPECT_LE(static_cast<double>(twice.touched), most_bytes * 2 * size)
                << "bytes moved for each byte";
            EXPECT_LE(static_cast<double>(twice.taken), most_bytes * 2 * size)
                << "bytes of memory for each byte";
        }
    }
}

}  // namespace
