#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "smtpserver/core/session.hpp"

namespace smtpserver::testing {

/// A session with an application that decides by the addresses themselves, in virtual time. It records all
/// that happens, as a `script` writes it.
///
/// An address, a name of EHLO or a message that begins with three digits is answered with that code; for a
/// message of LMTP the recipients whose addresses hold "late" and three digits after it are.
class played_server {
public:
    played_server(std::shared_ptr<session_options const> options, xclient_use xclient);

    void feed(std::string_view octets);
    /// Does what a script says after `@`.
    void happen(std::string const& directive);
    /// Returns what was recorded since the last call.
    std::string take_record();
    bool is_closed() const noexcept { return is_closed_; }
    session& machine() noexcept { return session_; }
    /// Returns the largest piece of a message that was handed up at once.
    std::size_t largest_piece() const noexcept { return largest_piece_; }
    /// Leaves the bytes of messages out of the record.
    void be_brief() noexcept { is_brief_ = true; }

private:
    void run();
    void note(std::string const& line);
    void note_output();
    bool obey(any_action const& what);

    session session_;
    steady_time now_{};
    steady_time until_{};
    std::string record_;
    std::string content_;
    std::size_t content_size_ = 0;
    std::size_t largest_piece_ = 0;
    bool is_closed_ = false;
    bool is_shaking_hands_ = false;
    bool is_brief_ = false;
};

}  // namespace smtpserver::testing
