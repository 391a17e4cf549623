#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "callout/host_name.hpp"
#include "callout/mailbox.hpp"
#include "submission/session_options.hpp"

namespace submission {

/// Where mail is sent to: one server, or those that take mail for a domain.
class destination {
public:
    /// Takes "HOST", "HOST:PORT", "192.0.2.1:25" or "[2001:db8::1]:465". Port 465 means TLS at once.
    [[nodiscard]] static callout::result<destination> parse(std::string_view text,
                                                            std::uint16_t default_port = 587);
    static destination server(callout::host_name const& host, std::uint16_t port = 587,
                              tls_start tls = tls_start::on_request) {
        return {host.text(), port, tls, kind::server};
    }
    /// The mail exchangers of the domain of an address, on port 25.
    static destination exchangers_for(callout::mailbox const& address) {
        return {address.domain(), 25, tls_start::on_request, kind::domain};
    }

    std::string const& host() const noexcept { return host_; }
    std::uint16_t port() const noexcept { return port_; }
    tls_start tls() const noexcept { return tls_; }
    bool is_domain() const noexcept { return what_ == kind::domain; }

private:
    enum class kind : std::uint8_t { server, domain };
    destination(std::string host, std::uint16_t port, tls_start tls, kind what)
        : host_(std::move(host)), port_(port), tls_(tls), what_(what) {}

    std::string host_;
    std::uint16_t port_;
    tls_start tls_;
    kind what_;
};

}  // namespace submission
