#include "smtpserver/message.hpp"

#include <boost/system/system_error.hpp>

#include "spool.hpp"

namespace smtpserver {

std::string address_or_mailer_daemon(path const& sender, std::string_view domain) {
    return sender.is_null() ? "MAILER-DAEMON@" + std::string(domain) : sender.address();
}

std::vector<std::string> message::recipients() const {
    std::vector<std::string> all;
    all.reserve(envelope_->recipients.size());
    for (auto const& one : envelope_->recipients) all.push_back(one.path.address());
    return all;
}

std::size_t message::read(std::uint64_t offset, std::span<char> into) const {
    boost::system::error_code failed;
    auto const count = bytes_->read(offset, into, failed);
    if (failed) throw boost::system::system_error(failed, "the message cannot be read");
    return count;
}

std::string message::bytes() const {
    std::string all(bytes_->size(), '\0');
    std::size_t filled = 0;
    while (filled < all.size()) {
        auto const count = read(filled, std::span(all).subspan(filled));
        if (count == 0)
            throw boost::system::system_error(
                boost::system::errc::make_error_code(boost::system::errc::io_error),
                "the message is cut short");
        filled += count;
    }
    return all;
}

}  // namespace smtpserver
