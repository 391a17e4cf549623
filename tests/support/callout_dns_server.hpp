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
#include <string>
#include <vector>

namespace test {

using octets = std::vector<unsigned char>;

/// Behind the header and the name of the question (RFC 1035 4.1.2).
inline std::size_t end_of_question_name(octets const& query) {
    std::size_t end = 12;
    while (query[end] != 0) end += query[end] + 1u;
    return end + 1;
}

inline std::string question_name(octets const& query) {
    std::string name;
    for (std::size_t at = 12; query[at] != 0; at += query[at] + 1u) {
        if (!name.empty()) name += '.';
        name.append(query.begin() + std::ptrdiff_t(at) + 1,
                    query.begin() + std::ptrdiff_t(at) + 1 + query[at]);
    }
    return name;
}

inline unsigned question_type(octets const& query) {
    auto const at = end_of_question_name(query);
    return query[at] * 256u + query[at + 1];
}

/// Builds an answer to a query, record by record (RFC 1035 4). Names are not compressed.
class callout_dns_message {
public:
    explicit callout_dns_message(octets const& query) : bytes_(query.begin(), query.begin() + 12) {
        auto const end = end_of_question_name(query) + 4;
        bytes_.insert(bytes_.end(), query.begin() + 12, query.begin() + static_cast<std::ptrdiff_t>(end));
        bytes_[2] = 0x81;  // a response, recursion desired
        bytes_[3] = 0x80;  // recursion available
        std::fill(bytes_.begin() + 6, bytes_.begin() + 12, static_cast<unsigned char>(0));
    }

    callout_dns_message& rcode(unsigned code) {
        bytes_[3] = static_cast<unsigned char>(0x80 | code);
        return *this;
    }
    callout_dns_message& truncated() {
        bytes_[2] |= 2;
        return *this;
    }
    callout_dns_message& a(std::string_view owner, unsigned ttl, std::array<unsigned char, 4> address) {
        return add(owner, 1, ttl, octets(address.begin(), address.end()));
    }
    callout_dns_message& cname(std::string_view owner, unsigned ttl, std::string_view target) {
        return add(owner, 5, ttl, name(target));
    }
    callout_dns_message& mx(std::string_view owner, unsigned ttl, unsigned preference,
                            std::string_view exchange) {
        octets data{static_cast<unsigned char>(preference >> 8), static_cast<unsigned char>(preference)};
        auto const target = name(exchange);
        data.insert(data.end(), target.begin(), target.end());
        return add(owner, 15, ttl, data);
    }
    callout_dns_message& raw(std::string_view owner, unsigned type, unsigned ttl, octets const& data) {
        return add(owner, type, ttl, data);
    }
    /// Goes to the authority section; `minimum` is the negative life (RFC 2308).
    callout_dns_message& soa(std::string_view owner, unsigned ttl, unsigned minimum) {
        octets data{0, 0};  // both names are the root
        for (auto const value : {1u, 2u, 3u, 4u, minimum}) put32(data, value);
        append(owner, 6, ttl, data);
        ++bytes_[9];
        return *this;
    }

    octets const& bytes() const { return bytes_; }

private:
    static octets name(std::string_view text) {
        octets out;
        while (!text.empty()) {
            auto const end = std::min(text.find('.'), text.size());
            out.push_back(static_cast<unsigned char>(end));
            out.insert(out.end(), text.begin(), text.begin() + static_cast<std::ptrdiff_t>(end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        out.push_back(0);
        return out;
    }
    static void put16(octets& out, unsigned value) {
        out.push_back(static_cast<unsigned char>(value >> 8));
        out.push_back(static_cast<unsigned char>(value));
    }
    static void put32(octets& out, unsigned value) {
        put16(out, value >> 16);
        put16(out, value & 0xffff);
    }
    callout_dns_message& add(std::string_view owner, unsigned type, unsigned ttl, octets const& data) {
        append(owner, type, ttl, data);
        ++bytes_[7];
        return *this;
    }
    void append(std::string_view owner, unsigned type, unsigned ttl, octets const& data) {
        auto const encoded = name(owner);
        bytes_.insert(bytes_.end(), encoded.begin(), encoded.end());
        put16(bytes_, type);
        put16(bytes_, 1);
        put32(bytes_, ttl);
        put16(bytes_, static_cast<unsigned>(data.size()));
        bytes_.insert(bytes_.end(), data.begin(), data.end());
    }

    octets bytes_;
};

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
            octets const query(buffer.begin(), buffer.begin() + static_cast<std::ptrdiff_t>(size));
            auto const reply = answer_(query, false);
            boost::system::error_code ignored;
            if (!reply.empty()) udp_.send_to(boost::asio::buffer(reply), from, 0, ignored);
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
};

}  // namespace test
