using IoTStream.Core.Tests.Support;
using IoTStream.State;

namespace IoTStream.Core.Tests.State;

[Parallelizable(ParallelScope.All)]
public class TimerQueueTests
{
    [Test]
    public void Gives_timers_in_the_order_of_time_and_of_setting_without_those_taken_back() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            var random = new Random(seed);
            var queue = new TimerQueue<int>();
            var model = new List<(long Time, int Key)>();
            for (int i = 0; i < 300; i++)
            {
                (long Time, int Key) timer = (random.Next(20), random.Next(5));
                (long Time, int Key)? first = model.Count == 0 ? null : model.MinBy(set => set.Time);
                queue.FirstTime.Should().Be(first?.Time ?? long.MaxValue);
                switch (random.Next(5))
                {
                    case 0 when first is { } due:
                        queue.FirstKey.Should().Be(due.Key);
                        queue.RemoveFirst();
                        model.Remove(due);
                        break;
                    case 1:
                        queue.Remove(timer.Time, timer.Key).Should().Be(model.Remove(timer));
                        break;
                    default:
                        queue.Add(timer.Time, timer.Key).Should().Be(!model.Contains(timer));
                        if (!model.Contains(timer))
                        {
                            model.Add(timer);
                        }

                        break;
                }

                queue.Count.Should().Be(model.Count);
            }
        });
}
