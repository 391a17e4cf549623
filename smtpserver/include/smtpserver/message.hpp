#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "smtpserver/core/action.hpp"
#include "smtpserver/core/envelope.hpp"

namespace smtpserver {

namespace detail {
class spool;
}

/// Returns the sender as Pike's callbacks get it: MAILER-DAEMON of that domain for the null path, and the
/// address otherwise.
std::string address_or_mailer_daemon(path const& sender, std::string_view domain);

/// A message that has been received: its bytes as they were sent, with lines that end in CR LF and without
/// the dots of SMTP. Nothing was added to them.
class message {
public:
    /// For the library. `domain` is that of MAILER-DAEMON.
    message(smtpserver::envelope const& who, detail::spool const& bytes, message_facts facts,
            std::string_view domain)
        : envelope_(&who), bytes_(&bytes), facts_(facts), domain_(domain) {}

    smtpserver::envelope const& envelope() const noexcept { return *envelope_; }
    /// Returns the sender's address; MAILER-DAEMON at the server's first domain for `<>`.
    std::string sender() const { return address_or_mailer_daemon(envelope_->mail.path, domain_); }
    /// Returns the addresses of the recipients, in their order.
    std::vector<std::string> recipients() const;

    std::uint64_t size() const noexcept { return facts_.size; }
    /// Returns what is odd about its line ends, where the server's options let that through.
    content_faults const& faults() const noexcept { return facts_.faults; }
    /// Returns all its bytes. A long message lies in a file, and is read from there.
    std::string bytes() const;
    /// Reads bytes from an offset on, and returns how many; 0 at the end. Throws boost::system::system_error
    /// if the file cannot be read.
    std::size_t read(std::uint64_t offset, std::span<char> into) const;

private:
    smtpserver::envelope const* envelope_;
    detail::spool const* bytes_;
    message_facts facts_;
    std::string_view domain_;
};

}  // namespace smtpserver
