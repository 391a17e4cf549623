#include "system/resolv_conf_file.hpp"

#include <fstream>

#include "core/resolv_conf.hpp"

namespace callout {
namespace {

constexpr std::chrono::seconds time_between_looks{1};
constexpr std::size_t largest_resolv_conf = std::size_t(64) << 10;  // the rest is not read

bool is_same_time(timespec const& a, timespec const& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

}  // namespace

/// The version is taken before the text: what is written in between is another version at the next look.
std::optional<resolv_conf_file::servers> resolv_conf_file::changed(steady_time now) {
    if (now < next_look_) return std::nullopt;
    next_look_ = now + time_between_looks;
    auto const found = look();
    if (seen_ && is_same(*seen_, found)) return std::nullopt;
    seen_ = found;
    return read();
}

resolv_conf_file::version resolv_conf_file::look() const {
    struct ::stat found{};
    return ::stat(path_.c_str(), &found) == 0 ? version(found) : std::nullopt;
}

bool resolv_conf_file::is_same(version const& a, version const& b) {
    if (!a || !b) return a.has_value() == b.has_value();
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           is_same_time(a->st_mtim, b->st_mtim) && is_same_time(a->st_ctim, b->st_ctim);
}

resolv_conf_file::servers resolv_conf_file::read() const {
    std::ifstream file(path_, std::ios::binary);
    std::string text(largest_resolv_conf, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0)));
    return core::servers_in(text);
}

}  // namespace callout
