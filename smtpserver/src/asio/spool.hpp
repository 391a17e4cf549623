#pragma once

#include <boost/system/error_code.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace smtpserver::detail {

/// Keeps the bytes of one message: in memory up to a limit, and beyond it in a file without a name, which is
/// gone when it is closed.
class spool {
public:
    /// `folder` is used for what exceeds `most` bytes; it is borrowed.
    spool(std::string const& folder, std::size_t most) : folder_(&folder), most_(most) {}
    spool(spool const&) = delete;
    ~spool() { clear(); }

    /// Appends bytes. After a failure, such as that the disk is full, further bytes are thrown away.
    void append(std::string_view octets);
    boost::system::error_code const& failure() const noexcept { return failure_; }
    void clear() noexcept;

    bool is_in_file() const noexcept { return file_ >= 0; }
    std::uint64_t size() const noexcept { return size_; }
    /// Reads from an offset on, and returns how many bytes; 0 at the end.
    std::size_t read(std::uint64_t offset, std::span<char> into, boost::system::error_code& failed) const;

private:
    void move_to_file();
    void write(std::string_view octets);

    std::string const* folder_;
    std::size_t most_;
    std::string memory_;
    int file_ = -1;
    std::uint64_t size_ = 0;
    boost::system::error_code failure_;
};

}  // namespace smtpserver::detail
