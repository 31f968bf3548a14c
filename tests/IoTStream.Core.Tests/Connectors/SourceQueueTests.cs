using IoTStream.Connectors;

namespace IoTStream.Core.Tests.Connectors;

[Parallelizable(ParallelScope.All)]
public class SourceQueueTests
{
    [Test]
    public async Task Whoever_wakes_the_job_himself_is_told_once_each_time_that_the_reader_waits()
    {
        int told = 0;
        int woken = 0;
        var context = new SourceContext("t", "s", 1, 16, TimeProvider.System, () => woken++);
        await using var queue = new SourceQueue<int>(context, 100) { Available = () => told++ };
        var batch = new SourceBatch<int>(16, queue.Partitions[0]);

        queue.TryWrite(1).Should().BeTrue();
        queue.TryWrite(2).Should().BeTrue();
        (told, woken).Should().Be((1, 0), "the reader does not wait any more once it has been told");

        queue.Read(batch).Should().Be(ReadStatus.More);
        batch.Count.Should().Be(2);
        queue.TryWrite(3).Should().BeTrue();
        told.Should().Be(1, "the reader has not said that it found nothing");

        batch.Clear();
        queue.Read(batch).Should().Be(ReadStatus.More);
        batch.Clear();
        queue.Read(batch).Should().Be(ReadStatus.Drained);
        queue.TryWrite(4).Should().BeTrue();
        (told, woken).Should().Be((2, 0));

        queue.Complete();
        woken.Should().Be(1, "the end is not put off");
    }
}
