#include "policy/admission.hpp"

#include "config/networks.hpp"

namespace vouchd {

std::optional<client_place> place_of_callout_client(config const& values,
                                                    std::optional<boost::asio::ip::address> const& client) {
    if (!client) return client_place::near;
    if (!is_in(values.callout_server.allow_clients, *client)) return std::nullopt;
    return client->is_loopback() ? client_place::near : client_place::far;
}

}  // namespace vouchd
