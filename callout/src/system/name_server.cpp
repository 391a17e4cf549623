#include "system/name_server.hpp"

#include <stdexcept>
#include <utility>

namespace callout {

name_server::name_server(boost::asio::any_io_executor const& executor, resolver_options const& options,
                         std::string address)
    : executor_(executor),
      options_(options),
      address_(std::move(address)),
      udp_(open(core::edns::with, transport::udp)) {}

manner name_server::manner_at(steady_time now) const noexcept {
    manner how;
    if (now < without_edns_until_) how.size = core::edns::without;
    if (now < plain_letters_until_) how.name = letters::plain;
    return how;
}

std::shared_ptr<cares_channel> name_server::channel(core::edns size, transport over) {
    auto& current = slot(size, over);
    bool const is_used_up = over == transport::udp && current && current->is_used_up();
    if (current && !is_used_up) return current;
    try {
        current = open(size, over);  // askers hold the old one until they have their answers
        return current;
    } catch (std::runtime_error const&) {
        return current;  // without a descriptor for a new one, the old port is better than none
    }
}

name_server::shared_channel name_server::open(core::edns size, transport over) const {
    return std::make_shared<cares_channel>(executor_, options_, address_, size, over);
}

name_server::shared_channel& name_server::slot(core::edns size, transport over) noexcept {
    if (over == transport::tcp) return size == core::edns::with ? tcp_ : tcp_without_edns_;
    return size == core::edns::with ? udp_ : udp_without_edns_;
}

}  // namespace callout
