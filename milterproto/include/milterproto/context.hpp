#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "milterproto/core/filter/filter_session.hpp"
#include "milterproto/core/limits.hpp"

namespace milterproto {

/// The SMTP connection that the MTA tells of; it lives from connect to close.
class connection {
public:
    explicit connection(core::filter_session const& session) noexcept : session_(session) {}
    connection(connection const&) = delete;

    /// Returns the client's name as the MTA knows it, or its address in brackets; empty if there was no
    /// connect event. No more than limits::name bytes are kept.
    std::string const& peer_name() const noexcept { return peer_name_; }
    std::optional<boost::asio::ip::address> const& peer_address() const noexcept { return peer_address_; }
    std::uint16_t peer_port() const noexcept { return peer_port_; }
    /// Returns what the client said last in HELO or EHLO, as far as limits::name bytes.
    std::string const& helo() const noexcept { return helo_; }
    /// Returns the value that the MTA gave last (libmilter: smfi_getsymval). The view lives until the
    /// callback's task ends.
    std::optional<std::string_view> macro(std::string_view name) const noexcept {
        return session_.macros().find(name);
    }

    // for the library
    void note(connect_event const& peer) {
        peer_name_ = peer.hostname.substr(0, limits::name);
        peer_address_ = peer.ip;
        peer_port_ = peer.port;
    }
    void note(helo_event const& greeting) { helo_ = greeting.name.substr(0, limits::name); }
    void forget() {
        note(connect_event());
        helo_.clear();
    }

private:
    core::filter_session const& session_;
    std::string peer_name_;
    std::optional<boost::asio::ip::address> peer_address_;
    std::uint16_t peer_port_ = 0;
    std::string helo_;
};

/// The envelope of the message under way.
class envelope {
public:
    /// Returns the sender as the client wrote it, usually in angle brackets. Empty if the filter has no
    /// on_mail: the MTA does not send it then.
    std::string const& sender() const noexcept { return sender_; }
    /// Returns the recipients that on_rcpt let pass; none without on_rcpt. With extra::rejected_recipients
    /// they include those that the MTA has refused, unless on_rcpt refused them too.
    std::span<std::string const> recipients() const noexcept { return recipients_; }

    // for the library
    explicit envelope(std::string_view sender) : sender_(sender) {}
    void add_recipient(std::string_view path) { recipients_.emplace_back(path); }

private:
    std::string sender_;
    std::vector<std::string> recipients_;
};

struct no_state {};

/// One message, with the author's own state (libmilter: smfi_setpriv, smfi_getpriv): fresh at every MAIL,
/// gone after end of message, abort or a final verdict.
template <class State = no_state>
class message : public envelope {
public:
    using envelope::envelope;
    State state{};
};

}  // namespace milterproto
