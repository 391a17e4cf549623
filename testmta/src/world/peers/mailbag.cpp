#include "world/peers/mailbag.hpp"

#include <stdexcept>
#include <system_error>

#include "host/whole_file.hpp"

namespace testmta::world {

void mailbag::save_in(std::filesystem::path folder) {
    std::error_code bad;
    std::filesystem::create_directories(folder, bad);
    if (bad) throw std::runtime_error(folder.string() + ": the folder cannot be made: " + bad.message());
    folder_ = std::move(folder);
}

std::uint64_t mailbag::add(std::string peer, std::shared_ptr<received_message const> what) {
    auto const number = ++added_;
    try {
        if (!folder_.empty()) write_atomically(folder_ / (std::to_string(number) + ".eml"), what->content);
    } catch (std::runtime_error const& why) {
        if (problem_.empty()) problem_ = why.what();
    }
    octets_ += what->content.size();
    latest_.push_back({number, std::move(peer), std::move(what)});
    while (latest_.size() > most_messages || octets_ > most_octets) {
        octets_ -= latest_.front().what->content.size();
        latest_.pop_front();
    }
    return number;
}

void mailbag::clear() {
    latest_.clear();
    octets_ = 0;
}

}  // namespace testmta::world
