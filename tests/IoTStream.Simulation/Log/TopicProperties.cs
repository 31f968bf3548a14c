using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Log;
using IoTStream.Simulation.Disk;

namespace IoTStream.Simulation.Log;

[Parallelizable(ParallelScope.All)]
public class TopicProperties
{
    [Test]
    public void Epochs_that_are_repeated_until_they_are_applied_are_there_once_whatever_the_disk_does() => Property.Holds(
        random => (Seed: random.Next(), Steps: random.Next(5, 60)),
        run =>
        {
            var random = new Random(run.Seed);
            var disk = new SimulatedDisk(random);
            DurableQueue queue = DurableQueue.At("queue") with { SegmentSize = 4096 };
            List<long> written = [];
            TopicWriter? topic = null;
            for (long epoch = 1; epoch <= run.Steps;)
            {
                try
                {
                    if (random.Next(6) == 0)
                    {
                        disk.Schedule((Fault)random.Next(5), random.Next(1, 8));
                    }

                    topic ??= TopicWriter.Open(disk.Directory("topic"), queue, TimeProvider.System);
                    if (topic.LastEpochOf("job") < epoch)
                    {
                        // What a sink does when its job is started again: it applies what it has not applied.
                        QueueBatchBuilder batch = Batch(epoch);
                        topic.Append(batch, "job", epoch).Should().BeTrue();
                        topic.Append(batch, "job", epoch).Should().BeFalse();
                    }

                    written.AddRange(Enumerable.Repeat(epoch, (int)(epoch % 5)));
                    epoch++;
                    if (random.Next(8) == 0)
                    {
                        disk.Crash();
                        topic = null;
                    }
                }
                catch (SimulatedCrashException)
                {
                    disk.Crash();
                    topic = null;
                }
                catch (IOException exception) when (exception is not LogDamagedException)
                {
                    topic?.Dispose();
                    disk.Heal();
                    topic = null;
                }
            }

            Read(disk.Directory("topic")).Should().Equal(written);
        },
        run => run.Steps > 1 ? [run with { Steps = run.Steps / 2 }, run with { Steps = run.Steps - 1 }] : []);

    private static QueueBatchBuilder Batch(long epoch)
    {
        var batch = new QueueBatchBuilder();
        for (int i = 0; i < epoch % 5; i++)
        {
            batch.Add(i, [], hasKey: false, RecordHeaders.Empty, [.. BitConverter.GetBytes(epoch), .. new byte[500]]);
        }

        return batch;
    }

    private static List<long> Read(SimulatedDirectory directory)
    {
        List<long> read = [];
        using var reader = new TopicReader(directory, from: 0);
        while (reader.TryRead(out QueueBatch batch))
        {
            batch.FirstOffset.Should().Be(read.Count);
            foreach (QueueRecord record in batch)
            {
                read.Add(BitConverter.ToInt64(record.Value));
            }
        }

        return read;
    }
}
