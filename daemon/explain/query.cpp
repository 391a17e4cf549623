#include "explain/query.hpp"

#include <boost/json.hpp>

#include "config/networks.hpp"
#include "explain/recorder.hpp"
#include "explain/text_at.hpp"

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

}  // namespace

std::optional<std::string> objection(query const& put) {
    for (auto const* address : {&put.address, &put.recipient}) {
        if (address->size() > longest_address) return "longer than 4 KiB";
        boost::system::error_code malformed;
        json::parse(json::serialize(json::string(*address)), malformed);
        if (malformed) return "not UTF-8";
    }
    return std::nullopt;
}

json::object to_json(query const& put) {
    std::string_view word;
    for (auto const& one : cache_words) {
        if (one.use == put.cache) word = one.word;
    }
    return {{"explain", put.address},
            {"client", put.client},
            {"recipient", put.recipient},
            {"authenticated", put.authenticated},
            {"cache", word}};
}

std::optional<query> query_from(json::value const& document) {
    auto const* const object = document.if_object();
    if (object == nullptr || object->if_contains("explain") == nullptr) return std::nullopt;
    query put;
    put.address = text_at(document, "explain").value_or("");
    put.client = text_at(document, "client").value_or("");
    put.recipient = text_at(document, "recipient").value_or("");
    if (auto const* authenticated = object->if_contains("authenticated")) {
        put.authenticated = authenticated->is_bool() && authenticated->as_bool();
    }
    auto const word = text_at(document, "cache");
    for (auto const& one : cache_words) {
        if (one.word == word) put.cache = one.use;
    }
    return put;
}

boost::asio::awaitable<explanation> answer(query put, judge by, callout::clock& clock) {
    subject sender(put.address);
    boost::system::error_code bad;
    auto const client = boost::asio::ip::make_address(put.client, bad);
    if (!bad) sender.who.client = unmapped(client);
    sender.authenticated = put.authenticated;
    sender.recipient = put.recipient;
    auto const begun = clock.now();
    auto const until = begun + by.values().milter.reply_budget;
    recorder watch(begun);
    wish const wanted(occasion::report, put.cache, &watch);
    auto const made = co_await by.decide(sender, wanted, until);
    co_return watch.explain(sender, made);
}

}  // namespace vouchd
