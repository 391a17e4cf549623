#include <ares.h>
#include <arpa/nameser.h>

#include <algorithm>
#include <stdexcept>

#include "callout/system.hpp"
#include "core/ascii.hpp"
#include "system/cares_channel.hpp"
#include "system/dns_message.hpp"

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

/// Returns the servers of resolv.conf, as c-ares reads it.
std::vector<std::string> servers_of_system() {
    ares_channel probe = nullptr;
    if (ares_init(&probe) != ARES_SUCCESS) throw std::runtime_error("c-ares cannot read resolv.conf");
    ares_addr_port_node* list = nullptr;
    std::vector<std::string> servers;
    if (ares_get_servers_ports(probe, &list) == ARES_SUCCESS) {
        for (auto* node = list; node; node = node->next) {
            std::array<char, 64> text{};
            ares_inet_ntop(node->family, &node->addr, text.data(), text.size());
            auto const port = static_cast<std::uint16_t>(node->udp_port ? node->udp_port : NS_DEFAULTPORT);
            servers.push_back(server_text({asio::ip::make_address(text.data()), port}));
        }
        ares_free_data(list);
    }
    ares_destroy(probe);
    return servers;
}

std::vector<std::string> servers_of(resolver_options const& options) {
    if (options.servers.empty()) return servers_of_system();
    std::vector<std::string> servers;
    std::ranges::transform(options.servers, std::back_inserter(servers), server_text);
    return servers;
}

/// How long a server is asked without EDNS after it answered so alone. It may be mended, or only one datagram
/// was lost.
constexpr std::chrono::minutes time_without_edns{15};

/// A name server, asked with EDNS unless it does not understand that. Some servers, and boxes before them,
/// answer FORMERR or NOTIMP to it, and some answer nothing.
class name_server {
public:
    name_server(asio::any_io_executor const& executor, resolver_options const& options,
                std::string const& address)
        : with_edns(std::make_shared<cares_channel>(executor, options, address, edns::with)),
          without_edns(std::make_shared<cares_channel>(executor, options, address, edns::without)) {}

    std::shared_ptr<cares_channel> with_edns, without_edns;
    steady_time plain_until = steady_time::min();
};

/// Names that never exist, so that no server need be asked, and none can pretend otherwise (RFC 6761 6.4).
bool is_reserved_as_missing(std::string const& name) {
    return core::in_lower_case(name).ends_with(".invalid");
}

bool is_silence(dns_reading const& reading) {
    return reading.answer.outcome == dns_outcome::timed_out;
}

class cares_resolver final : public resolver {
public:
    cares_resolver(asio::any_io_executor const& executor, resolver_options options)
        : clock_(make_system_clock(executor)), options_(std::move(options)) {
        for (auto const& server : servers_of(options_)) servers_.emplace_back(executor, options_, server);
    }

    asio::awaitable<dns_answer> query(std::string name, record_type type, steady_time until) override {
        if (is_reserved_as_missing(name)) {
            dns_answer missing(dns_outcome::no_domain);
            missing.ttl = options_.negative_ttl;
            co_return std::move(missing);
        }
        auto const asked = name;
        for (std::size_t links = 0; links <= options_.max_cname; ++links) {
            auto reading = co_await ask_servers(name, type, until);
            if (!reading.continue_at) co_return std::move(reading.answer);
            name = *std::move(reading.continue_at);
        }
        co_return dns_answer(dns_outcome::failed, asked + ": the CNAME chain does not end");
    }

private:
    /// Asks all servers in each try; the first answer that is not from a server in trouble counts. A server
    /// that was silent is asked without EDNS in the last try.
    asio::awaitable<dns_reading> ask_servers(std::string name, record_type type, steady_time until) {
        dns_reading last;
        last.answer = dns_answer(dns_outcome::failed, "no name server is known");
        std::vector<bool> silent(servers_.size());
        for (unsigned round = 0; round < options_.tries; ++round) {
            bool const is_last = round > 0 && round + 1 == options_.tries;
            for (std::size_t i = 0; i < servers_.size(); ++i) {
                if (clock_->now() >= until) co_return last;
                bool const plainly = is_last && silent[i];
                last = co_await ask_server(i, plainly, name, type, until);
                if (!last.try_elsewhere) co_return last;
                silent[i] = is_silence(last);
            }
        }
        co_return last;
    }

    /// Asks with EDNS, unless the server is known not to understand it; if that shows now, once more without.
    asio::awaitable<dns_reading> ask_server(std::size_t which, bool plainly, std::string name,
                                            record_type type, steady_time until) {
        bool const is_known = clock_->now() < servers_[which].plain_until;
        if (!plainly && !is_known) {
            auto const channel = servers_[which].with_edns;
            auto reading = co_await ask_one(channel, name, type, until);
            if (!reading.try_without_edns) co_return std::move(reading);
        }
        auto const channel = servers_[which].without_edns;
        auto reading = co_await ask_one(channel, name, type, until);
        bool const is_learnt = !is_known && !reading.try_elsewhere;
        if (is_learnt) servers_[which].plain_until = clock_->now() + time_without_edns;
        co_return std::move(reading);
    }

    asio::awaitable<dns_reading> ask_one(std::shared_ptr<cares_channel> server, std::string name,
                                         record_type type, steady_time until) {
        auto const q = std::make_shared<question>(*clock_);
        server->ask(name, type, q);
        while (!q->done && clock_->now() < until) co_await q->answered->wait(until);
        co_return reading_of(*q, name, type);
    }

    dns_reading reading_of(question const& q, std::string const& name, record_type type) const {
        if (!q.message.empty()) return read_dns_message(q.message, name, type, options_);
        dns_reading none;
        bool const late = !q.done || q.status == ARES_ETIMEOUT;
        none.answer = late ? dns_answer(dns_outcome::timed_out, "no answer in time")
                           : dns_answer(dns_outcome::failed, ares_strerror(q.status));
        none.try_elsewhere = q.status != ARES_EBADNAME;
        return none;
    }

    library library_;
    std::unique_ptr<callout::clock> clock_;
    resolver_options options_;
    std::vector<name_server> servers_;
};

}  // namespace

std::unique_ptr<resolver> make_cares_resolver(asio::any_io_executor executor, resolver_options options) {
    return std::make_unique<cares_resolver>(executor, std::move(options));
}

}  // namespace callout
