using System.Buffers;
using IoTStream.Connectors;
using IoTStream.Core.Tests.Support;
using IoTStream.Simulation.Disk;

namespace IoTStream.Simulation.Log;

[Parallelizable(ParallelScope.All)]
public class EpochFilesProperties
{
    [Test]
    public void Each_epoch_is_shown_once_and_whole_whatever_the_disk_does() => Property.Holds(
        random => (Seed: random.Next(), Steps: random.Next(5, 40)),
        run =>
        {
            var random = new Random(run.Seed);
            var disk = new SimulatedDisk(random);
            SimulatedDirectory directory = disk.Directory("out");
            var log = new Guid(run.Seed, 0, 0, new byte[8]);
            List<long> taken = [];
            EpochFiles? files = null;
            for (long epoch = 1; epoch <= run.Steps;)
            {
                try
                {
                    if (random.Next(6) == 0)
                    {
                        disk.Schedule((Fault)random.Next(5), random.Next(1, 8));
                    }

                    files ??= new EpochFiles(directory, ".txt", log, "sink", ExistingFile.Append);
                    files.Last.Should().BeOneOf([epoch - 1, epoch], "what was applied stays so, and nothing else was");
                    if (files.Last < epoch)
                    {
                        files.Write(epoch, "head"u8.ToArray(), new ReadOnlySequence<byte>(Content(epoch)));
                    }

                    epoch++;
                    Look(directory);
                    if (random.Next(5) == 0)
                    {
                        disk.Heal();
                        Take(directory, taken);
                    }

                    if (random.Next(8) == 0)
                    {
                        disk.Crash();
                        files = null;
                    }
                }
                catch (SimulatedCrashException)
                {
                    disk.Crash();
                    files = null;
                }
                catch (IOException)
                {
                    disk.Heal();
                    files = null;
                }
            }

            disk.Crash();
            _ = new EpochFiles(directory, ".txt", log, "sink", ExistingFile.Append);
            Look(directory);
            Take(directory, taken);
            taken.Should().Equal(Enumerable.Range(1, run.Steps).Select(static epoch => (long)epoch));
            directory.List().Should().HaveCount(1, "only the mark is left");
        },
        run => run.Steps > 1 ? [run with { Steps = run.Steps / 2 }, run with { Steps = run.Steps - 1 }] : []);

    private static byte[] Content(long epoch) => [.. Enumerable.Repeat((byte)epoch, (int)(epoch % 5) * 700)];

    private static IEnumerable<string> Shown(SimulatedDirectory directory) => directory.List().Where(static name => name[0] != '.');

    private static long NumberOf(string name) => long.Parse(name.Split('-')[1]);

    /// <summary>All files that are shown are whole.</summary>
    private static void Look(SimulatedDirectory directory)
    {
        foreach (string name in Shown(directory))
        {
            byte[] bytes = new byte[4096];
            int length = directory.Open(name, writable: false).Read(0, bytes);
            bytes[..length].Should().Equal([.. "head"u8, .. Content(NumberOf(name))], "{0} is whole", name);
        }
    }

    /// <summary>A reader takes the files over, and deletes them once it has them for good.</summary>
    private static void Take(SimulatedDirectory directory, List<long> taken)
    {
        string[] names = [.. Shown(directory)];
        foreach (string name in names)
        {
            directory.Delete(name);
        }

        directory.Sync();
        taken.AddRange(names.Select(NumberOf));
    }
}
