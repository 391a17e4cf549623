#include "bridge/client_name.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>

#include "host/net.hpp"

namespace testmta::bridge {

namespace asio = boost::asio;
using asio::ip::tcp;

asio::awaitable<std::string> client_name(asio::ip::address address) {
    tcp::resolver resolver(co_await asio::this_coro::executor);
    tcp::endpoint const where(address, 0);
    auto const [unnamed, names] = co_await resolver.async_resolve(where, as_value);
    if (unnamed || names.empty()) co_return std::string();
    auto const name = names.begin()->host_name();
    boost::system::error_code is_a_name;
    asio::ip::make_address(name, is_a_name);
    if (!is_a_name) co_return std::string();  // it is the address once more
    auto const [unknown, addresses] = co_await resolver.async_resolve(name, std::string(), as_value);
    bool const leads_back = !unknown && std::ranges::any_of(addresses, [&](auto const& one) {
        return one.endpoint().address() == address;
    });
    co_return leads_back ? name : std::string();
}

}  // namespace testmta::bridge
