#pragma once

namespace testmta {

/// One function of several, for `std::visit`.
template <class... Functions>
struct overloaded : Functions... {
    using Functions::operator()...;
};

}  // namespace testmta
