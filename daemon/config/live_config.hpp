#pragma once

#include <memory>

#include "config/config.hpp"

namespace vouchd {

/// The configuration in force, for objects that outlive it. It is replaced as a whole: a message, a question
/// or a session of the callout server keeps the one with which it began, and the next one begins with the new
/// one. Belongs to one thread.
class live_config {
public:
    explicit live_config(config first) : current_(std::make_shared<config const>(std::move(first))) {}
    live_config(live_config const&) = delete;

    std::shared_ptr<config const> current() const noexcept { return current_; }
    void replace(config next) { current_ = std::make_shared<config const>(std::move(next)); }

private:
    std::shared_ptr<config const> current_;
};

}  // namespace vouchd
