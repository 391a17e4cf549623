#pragma once

#include <cstddef>
#include <vector>

namespace vouchd {

/// Descriptors that are held for one listener, so that its clients are heard while the clients of the others
/// have taken all the rest.
class spare_descriptors {
public:
    explicit spare_descriptors(std::size_t count) { keep(count); }
    ~spare_descriptors();
    spare_descriptors(spare_descriptors const&) = delete;

    /// Holds that many from now on.
    void keep(std::size_t count);
    /// Gives one to whoever opens something next, and returns whether there was one.
    bool give() noexcept;
    /// Takes back what was given, as far as descriptors are free. To be called as soon as one was closed.
    void refill() noexcept;
    std::size_t size() const noexcept { return held_.size(); }

private:
    std::size_t wanted_ = 0;
    std::vector<int> held_;
};

}  // namespace vouchd
