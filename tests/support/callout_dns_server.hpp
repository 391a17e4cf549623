#pragma once

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "callout_dns_message.hpp"

namespace test {

/// A name server on loopback, UDP and TCP on one port; a function answers, and an empty answer is silence.
class callout_dns_server {
public:
    using answerer = std::function<octets(octets const& query, bool over_tcp)>;

    callout_dns_server(boost::asio::io_context& context, answerer answer)
        : udp_(context), tcp_(context), answer_(std::move(answer)) {
        while (!listen_on_one_port(context)) {
        }
        boost::asio::co_spawn(context, serve_udp(), boost::asio::detached);
        boost::asio::co_spawn(context, serve_tcp(), boost::asio::detached);
    }

    boost::asio::ip::udp::endpoint endpoint() const { return udp_.local_endpoint(); }
    int queries = 0;
    std::set<std::uint16_t> ports;  ///< that queries over UDP came from
    /// How many queries have to come over UDP before it answers any.
    int answers_when_there_are = 0;
    /// If set: makes a datagram that is sent before the answer.
    std::function<octets(octets const& query)> before;

private:
    static constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);

    /// A port that is free for TCP may be taken for UDP: another will do.
    bool listen_on_one_port(boost::asio::io_context& context) {
        auto const here = boost::asio::ip::address_v4::loopback();
        tcp_ = {context, {here, 0}};
        udp_ = boost::asio::ip::udp::socket(context, boost::asio::ip::udp::v4());
        boost::system::error_code taken;
        udp_.bind({here, tcp_.local_endpoint().port()}, taken);
        return !taken;
    }

    boost::asio::awaitable<void> serve_udp() {
        octets buffer(1500);
        boost::asio::ip::udp::endpoint from;
        auto const into = boost::asio::buffer(buffer);
        while (true) {
            auto const [error, size] = co_await udp_.async_receive_from(into, from, no_throw);
            if (error) co_return;
            ++queries;
            ports.insert(from.port());
            octets const query(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
            boost::system::error_code ignored;
            if (before) udp_.send_to(boost::asio::buffer(before(query)), from, 0, ignored);
            auto const reply = answer_(query, false);
            if (!reply.empty()) held_.emplace_back(from, reply);
            if (queries < answers_when_there_are) continue;
            for (auto const& [whom, held] : held_) {
                udp_.send_to(boost::asio::buffer(held), whom, 0, ignored);
            }
            held_.clear();
        }
    }

    boost::asio::awaitable<void> serve_tcp() {
        while (true) {
            auto [error, peer] = co_await tcp_.async_accept(no_throw);
            if (error) co_return;
            std::array<unsigned char, 2> length{};
            auto const head = boost::asio::buffer(length);
            auto const [no_head, head_size] = co_await boost::asio::async_read(peer, head, no_throw);
            octets query(length[0] * 256u + length[1]);
            auto const body = boost::asio::buffer(query);
            auto const [no_body, body_size] = co_await boost::asio::async_read(peer, body, no_throw);
            if (no_head || no_body) continue;
            auto reply = answer_(query, true);
            auto const size = reply.size();
            reply.insert(reply.begin(),
                         {static_cast<unsigned char>(size >> 8), static_cast<unsigned char>(size)});
            boost::system::error_code ignored;
            boost::asio::write(peer, boost::asio::buffer(reply), ignored);
        }
    }

    boost::asio::ip::udp::socket udp_;
    boost::asio::ip::tcp::acceptor tcp_;
    answerer answer_;
    std::vector<std::pair<boost::asio::ip::udp::endpoint, octets>> held_;
};

}  // namespace test
