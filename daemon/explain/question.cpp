#include "explain/question.hpp"

#include <boost/json.hpp>

#include "config/networks.hpp"
#include "explain/recorder.hpp"

namespace vouchd {

namespace {

namespace json = boost::json;

constexpr std::size_t longest_address = 4 * 1024;

struct cache_word {
    callout::cache_use use;
    std::string_view word;
};
constexpr cache_word cache_words[] = {{callout::cache_use::normal, "auto"},
                                      {callout::cache_use::only, "cache"},
                                      {callout::cache_use::refresh, "live"},
                                      {callout::cache_use::none, "none"}};

std::string text_at(json::object const& from, std::string_view key) {
    auto const* const value = from.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

}  // namespace

std::optional<std::string> objection(question const& asked) {
    for (auto const* address : {&asked.address, &asked.recipient}) {
        if (address->size() > longest_address) return "longer than 4 KiB";
        boost::system::error_code malformed;
        json::parse(json::serialize(json::string(*address)), malformed);
        if (malformed) return "not UTF-8";
    }
    return std::nullopt;
}

json::object to_json(question const& asked) {
    std::string_view word;
    for (auto const& one : cache_words) {
        if (one.use == asked.cache) word = one.word;
    }
    return {{"explain", asked.address},
            {"client", asked.client},
            {"recipient", asked.recipient},
            {"authenticated", asked.authenticated},
            {"cache", word}};
}

std::optional<question> question_from(json::value const& value) {
    auto const* const object = value.if_object();
    if (object == nullptr || object->if_contains("explain") == nullptr) return std::nullopt;
    question asked;
    asked.address = text_at(*object, "explain");
    asked.client = text_at(*object, "client");
    asked.recipient = text_at(*object, "recipient");
    if (auto const* authenticated = object->if_contains("authenticated")) {
        asked.authenticated = authenticated->is_bool() && authenticated->as_bool();
    }
    auto const word = text_at(*object, "cache");
    for (auto const& one : cache_words) {
        if (one.word == word) asked.cache = one.use;
    }
    return asked;
}

boost::asio::awaitable<explanation> answer(question asked, config const& values, callout::engine& engine,
                                           callout::clock& clock) {
    sender_facts facts(asked.address);
    boost::system::error_code bad;
    auto const client = boost::asio::ip::make_address(asked.client, bad);
    if (!bad) facts.who.client = unmapped(client);
    facts.authenticated = asked.authenticated;
    facts.recipient = asked.recipient;
    auto const begun = clock.now();
    auto const until = begun + values.milter.reply_budget;
    recorder watch(begun);
    auto const made = co_await decide(facts, values, engine, asked.cache, asked_for::report, &watch, until);
    co_return watch.explain(facts, made, values.server.mode);
}

}  // namespace vouchd
