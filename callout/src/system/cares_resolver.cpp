#include <ares.h>
#include <arpa/nameser.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <random>
#include <stdexcept>
#include <utility>

#include "callout/system.hpp"
#include "core/ascii.hpp"
#include "core/dns_query.hpp"
#include "system/dns_message.hpp"
#include "system/name_server.hpp"
#include "system/resolv_conf_file.hpp"

namespace callout {
namespace {

namespace asio = boost::asio;

/// c-ares's library state, for as long as this process uses it.
class library {
public:
    library() {
        if (ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS) return;
        throw std::runtime_error("c-ares cannot be set up");
    }
    ~library() { ares_library_cleanup(); }
    library(library const&) = delete;
};

std::string server_text(asio::ip::udp::endpoint const& server) {
    auto const address = server.address().to_string();
    return (server.address().is_v6() ? '[' + address + ']' : address) + ':' + std::to_string(server.port());
}

/// What a server knows by itself it tells at once.
constexpr std::chrono::seconds longest_look{1};

using server_list = std::vector<std::shared_ptr<name_server>>;
using endpoints = std::vector<asio::ip::udp::endpoint>;

/// Numbers and letters that nobody can foretell who has seen others before (RFC 5452 9.2).
class unforeseeable final : public random {
public:
    std::uint64_t next() noexcept override { return std::uint64_t(device_()) << 32 | device_(); }

private:
    std::random_device device_;
};

/// Names that never exist, so that no server need be asked, and none can pretend otherwise (RFC 6761 6.4).
bool is_reserved_as_missing(std::string const& name) {
    return core::in_lower_case(name).ends_with(".invalid");
}

dns_reading cannot_be_asked(std::string why) {
    dns_reading none;
    none.answer = dns_answer(dns_outcome::failed, std::move(why));
    return none;
}

bool is_silence(dns_reading const& reading) {
    return reading.answer.outcome == dns_outcome::timed_out;
}

bool is_unanswered(question const& q) {
    return !q.done || q.status == ARES_ETIMEOUT;
}

bool is_answered(question const& q) {
    return !q.message.empty();
}

dns_reading silent(std::string why) {
    dns_reading none;
    none.answer = dns_answer(dns_outcome::timed_out, std::move(why));
    none.try_elsewhere = true;
    return none;
}

class cares_resolver final : public resolver {
public:
    cares_resolver(asio::any_io_executor executor, resolver_options options, resolver_news news)
        : executor_(std::move(executor)),
          clock_(make_system_clock(executor_)),
          options_(std::move(options)),
          news_(std::move(news)),
          file_(options_.resolv_conf) {
        use(options_.servers.empty() ? servers_of_system() : options_.servers);
    }

    asio::awaitable<dns_answer> query(std::string name, record_type type, steady_time until) override {
        if (is_reserved_as_missing(name)) {
            dns_answer missing(dns_outcome::no_domain);
            missing.ttl = options_.negative_ttl;
            co_return std::move(missing);
        }
        follow_resolv_conf();
        auto const asked = name;
        for (std::size_t links = 0; links <= options_.max_cname; ++links) {
            auto reading = co_await ask_servers(name, type, until);
            if (!reading.continue_at) co_return std::move(reading.answer);
            name = *std::move(reading.continue_at);
        }
        co_return dns_answer(dns_outcome::failed, asked + ": the CNAME chain does not end");
    }

private:
    using shared_server = std::shared_ptr<name_server>;

    /// The server of this machine, where resolv.conf names none (resolv.conf(5)).
    endpoints servers_of_system() {
        auto named = file_.changed(clock_->now()).value_or(endpoints());
        if (named.empty()) named.emplace_back(asio::ip::address_v4::loopback(), NS_DEFAULTPORT);
        return named;
    }

    void use(endpoints const& servers) {
        auto list = std::make_shared<server_list>();
        for (auto const& one : servers) {
            list->push_back(std::make_shared<name_server>(executor_, options_, server_text(one)));
        }
        servers_ = std::move(list);
        in_use_ = servers;
    }

    /// Questions under way end with the servers that they began with.
    void follow_resolv_conf() {
        if (!options_.servers.empty()) return;
        auto const named = file_.changed(clock_->now());
        if (!named) return;
        bool const was_usable = std::exchange(is_usable_, !named->empty());
        if (!is_usable_) {
            if (was_usable && news_.kept) news_.kept();
            return;
        }
        if (was_usable && *named == in_use_) return;
        try {
            use(*named);
        } catch (std::runtime_error const&) {
            return file_.forget();  // no descriptor or memory for a channel now: at the next look
        }
        if (news_.changed) news_.changed(*named);
    }

    // What follows is awaited by its caller, which keeps the name and the server.

    /// Asks all servers in each try; the first answer that is not from a server in trouble counts. A server
    /// that was silent is asked without EDNS in the last try.
    asio::awaitable<dns_reading> ask_servers(std::string const& name, record_type type, steady_time until) {
        dns_reading last;
        last.answer = dns_answer(dns_outcome::failed, "no name server is known");
        auto const servers = servers_;
        std::vector<bool> silent(servers->size());
        for (unsigned round = 0; round < options_.tries; ++round) {
            bool const is_last = round > 0 && round + 1 == options_.tries;
            for (std::size_t i = 0; i < servers->size(); ++i) {
                if (clock_->now() >= until) co_return last;
                bool const plainly = is_last && silent[i];
                auto const server = (*servers)[i];
                last = co_await ask_server(server, plainly, name, type, until);
                if (!last.try_elsewhere) co_return last;
                silent[i] = is_silence(last);
            }
        }
        co_return last;
    }

    /// Asks with EDNS, unless the server is known not to understand it; if that shows now, once more without.
    asio::awaitable<dns_reading> ask_server(shared_server const& server, bool plainly,
                                            std::string const& name, record_type type, steady_time until) {
        auto how = server->manner_at(clock_->now());
        bool const is_known = how.size == core::edns::without;
        if (plainly) how.size = core::edns::without;
        auto reading = co_await ask_in_letters(server, how, name, type, until);
        if (reading.try_without_edns && how.size == core::edns::with) {
            how.size = core::edns::without;
            reading = co_await ask_in_letters(server, how, name, type, until);
        }
        bool const is_learnt = how.size == core::edns::without && !is_known && !reading.try_elsewhere;
        if (is_learnt) server->needs_no_edns(clock_->now());
        co_return std::move(reading);
    }

    /// An answer with other letters than the question is a forgery, or the way of the server or of a box
    /// before it. TCP tells which, because nobody off the path can forge that.
    asio::awaitable<dns_reading> ask_in_letters(shared_server const& server, manner how,
                                                std::string const& name, record_type type,
                                                steady_time until) {
        auto reading = co_await ask_once(server, how, name, type, until);
        if (!reading.has_other_letters || how.name == letters::plain) co_return std::move(reading);
        how.over = transport::tcp;
        auto sure = co_await ask_once(server, how, name, type, until);
        bool const has_answered = !sure.try_elsewhere;
        if (has_answered && !sure.has_other_letters) co_return std::move(sure);
        server->needs_plain_letters(clock_->now());
        if (has_answered) co_return std::move(sure);
        how.over = transport::udp;
        how.name = letters::plain;
        reading = co_await ask_once(server, how, name, type, until);
        co_return std::move(reading);
    }

    asio::awaitable<dns_reading> ask_once(shared_server const& server, manner how, std::string const& name,
                                          record_type type, steady_time until) {
        auto const sent = how.name == letters::mixed ? core::in_mixed_case(name, chance_) : name;
        auto const number = static_cast<std::uint16_t>(chance_.next());
        auto const query = core::dns_query(number, sent, type, how.size);
        if (!query) co_return cannot_be_asked(name + " is not a name that DNS can hold");
        bool const looks = server->silence().is_to_look(clock_->now());
        if (looks) look(server);  // and asks this too, because some firewalls drop what asks for the root
        if (server->silence().is_certain() && !looks) co_return silent(server->address() + " is silent");
        auto const channel = server->channel(how.size, how.over);
        if (!channel) co_return cannot_be_asked("no descriptor or memory is left to ask with");
        auto const q = std::make_shared<question>(*clock_);
        channel->ask(*query, q);
        while (!q->done && clock_->now() < until) co_await q->answered->wait(until);
        note_answer(*server, *q);
        co_return reading_of(*q, sent, type);
    }

    /// A question whose asker had less time than the server has tells nothing about the server, nor does one
    /// that failed here.
    void note_answer(name_server& server, question const& q) {
        if (is_answered(q)) return note_sign_of_life(server);
        if (q.done && q.status == ARES_ETIMEOUT) server.silence().missed();
    }

    void note_sign_of_life(name_server& server) {
        bool const was_silent = server.silence().is_certain();
        server.silence().answered();
        if (was_silent && news_.answers_again) news_.answers_again(server.address());
    }

    /// Asks for the root, which any server that recurses knows.
    void look(shared_server const& server) {
        auto const channel = server->channel(core::edns::without, transport::udp);
        if (!channel) return;
        auto const number = static_cast<std::uint16_t>(chance_.next());
        auto const q = std::make_shared<question>(*clock_);
        channel->ask(*core::dns_query(number, ".", record_type::a, core::edns::without), q);
        auto const until = clock_->now() + std::min<steady_time::duration>(options_.timeout, longest_look);
        asio::co_spawn(executor_, finish_looking(this, alive_, server, channel, q, until), asio::detached);
    }

    /// The resolver, and its servers, may be gone by then. The channel stays until it has its answer.
    static asio::awaitable<void> finish_looking(cares_resolver* self, std::weak_ptr<void> alive,
                                                std::weak_ptr<name_server> at,
                                                std::shared_ptr<cares_channel> /*through*/, shared_question q,
                                                steady_time until) {
        while (!q->done && std::chrono::steady_clock::now() < until) co_await q->answered->wait(until);
        auto const server = at.lock();
        if (alive.expired() || !server) co_return;
        if (is_answered(*q)) self->note_sign_of_life(*server);
        if (is_unanswered(*q)) self->note_silence(*server);
    }

    void note_silence(name_server& server) {
        if (server.silence().looked_in_vain() && news_.silent) news_.silent(server.address());
    }

    dns_reading reading_of(question const& q, std::string const& name, record_type type) const {
        if (is_answered(q)) return read_dns_message(q.message, name, type, options_);
        if (is_unanswered(q)) return silent("no answer in time");
        dns_reading none;
        none.answer = dns_answer(dns_outcome::failed, ares_strerror(q.status));
        none.try_elsewhere = true;
        return none;
    }

    library library_;
    asio::any_io_executor executor_;
    std::unique_ptr<callout::clock> clock_;
    resolver_options options_;
    resolver_news news_;
    resolv_conf_file file_;
    bool is_usable_ = true;  ///< the file, when it was last read
    unforeseeable chance_;
    endpoints in_use_;
    std::shared_ptr<server_list const> servers_;
    std::shared_ptr<void> alive_ = std::make_shared<bool>();  ///< a look may end after this does
};

}  // namespace

std::unique_ptr<resolver> make_cares_resolver(asio::any_io_executor executor, resolver_options options,
                                              resolver_news news) {
    return std::make_unique<cares_resolver>(std::move(executor), std::move(options), std::move(news));
}

}  // namespace callout
