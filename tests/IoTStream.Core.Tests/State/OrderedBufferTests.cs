using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.State;

namespace IoTStream.Core.Tests.State;

[Parallelizable(ParallelScope.All)]
public class OrderedBufferTests
{
    private static readonly RecordOrigin Origin = new SourcePartition("source", 0, "0").Origin;

    [Test]
    public void Gives_what_a_watermark_has_passed_in_the_order_of_time_and_of_arrival() => Property.Holds(
        random => random.Next(),
        seed =>
        {
            var random = new Random(seed);
            int disorder = random.Next(1, 30);
            var buffer = new OrderedBuffer<int>();
            var model = new List<(long Time, int Id)>();
            for (int id = 0; id < 200; id++)
            {
                long time = id - random.Next(disorder);
                buffer.Add(id, new RecordContext(time, Origin));
                model.Add((time, id));
                if (random.Next(4) > 0)
                {
                    continue;
                }

                long watermark = id - random.Next(disorder + 5);
                (long Time, int Id)[] due = [.. model.Where(record => record.Time <= watermark).OrderBy(record => record.Time).ThenBy(record => record.Id)];
                model.RemoveAll(record => record.Time <= watermark);
                foreach ((long Time, int Id) expected in due)
                {
                    buffer.TryTake(watermark, out int value, out RecordContext context).Should().BeTrue();
                    (context.TimestampTicks, value).Should().Be(expected);
                }

                buffer.TryTake(watermark, out _, out _).Should().BeFalse();
                buffer.Count.Should().Be(model.Count);
                buffer.FirstTimestamp.Should().Be(model.Select(record => record.Time).DefaultIfEmpty(long.MaxValue).Min());
            }
        });
}
