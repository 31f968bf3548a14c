using System.Buffers.Binary;
using System.Diagnostics;
using IoTStream.Disk;
using IoTStream.Log;

namespace IoTStream.Benchmarks.Macro;

/// <summary>
/// How fast epochs are committed and replayed, and how long the log is: state of many keys, written once as a turn of the rolling snapshot, with a few changes an
/// epoch. Reading and checking the log, and walking through its entries too, are compared with merely reading the files, all from the system's cache.
/// </summary>
internal static class RecoveryReport
{
    private const int Groups = 128;
    private const int Epochs = 64;
    private const int KeySize = 8;
    private const int ValueSize = 24;
    private const int Repetitions = 5;

    public static void Run()
    {
        foreach (int keys in (int[])[1_000_000, 10_000_000])
        {
            Run(keys);
        }
    }

    private static void Run(int keys)
    {
        string directory = Directory.CreateTempSubdirectory("iotstream-recovery-").FullName;
        try
        {
            EpochLog log = EpochLog.At(directory);
            TimeSpan writing = Write(log, keys);
            var files = new LogFiles(directory);
            TimeSpan reading = TimeSpan.MaxValue;
            TimeSpan checking = TimeSpan.MaxValue;
            TimeSpan replaying = TimeSpan.MaxValue;
            for (int i = 0; i < Repetitions; i++)
            {
                reading = Min(reading, Measure(files.Read));
                checking = Min(checking, Measure(() => Check(log)));
                replaying = Min(replaying, Measure(() => Replay(log, keys)));
            }

            Console.WriteLine(
                $"{keys,12:N0} keys: {files.Bytes / 1048576.0,8:F1} MiB, written in {writing.TotalMilliseconds,8:F0} ms; read {Speed(files.Bytes, reading)}; "
                + $"checked {Speed(files.Bytes, checking)}, {reading / checking:F2} of that; replayed {Speed(files.Bytes, replaying)}, {reading / replaying:F2} of that");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static TimeSpan Write(EpochLog log, int keys)
    {
        using EpochWriter writer = EpochWriter.Open(log, TimeProvider.System);
        var lane = new EpochContribution();
        EpochTable[] tables = [new(0, "state", "long>24 bytes")];
        return Measure(() =>
        {
            for (int epoch = 0; epoch < Epochs; epoch++)
            {
                lane.Clear();
                for (int group = 0; group < Groups; group++)
                {
                    lane.Begin(SectionKind.Share, 0, group);
                    for (long key = group + ((long)keys * epoch / Epochs / Groups * Groups); key < (long)keys * (epoch + 1) / Epochs; key += Groups)
                    {
                        Span<byte> entry = lane.Put(KeySize, ValueSize);
                        BinaryPrimitives.WriteInt64LittleEndian(entry, key);
                        entry[KeySize..].Fill((byte)key);
                    }
                }

                writer.Commit(turnStart: 1, completesTurn: epoch == Epochs - 1, keepFrom: 1, tables, default, [lane]);
            }
        });
    }

    private static void Check(EpochLog log)
    {
        using var replay = new EpochReader(new DiskDirectory(log.Directory), from: 0);
        long last = 0;
        while (replay.TryRead(out Epoch epoch))
        {
            last = epoch.Header.Epoch;
        }

        if (last != Epochs)
        {
            throw new InvalidOperationException($"Of {Epochs} epochs {last} came back.");
        }
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveOptimization)]
    private static void Replay(EpochLog log, int keys)
    {
        using var replay = new EpochReader(new DiskDirectory(log.Directory), from: 0);
        long count = 0;
        long sum = 0;
        while (replay.TryRead(out Epoch epoch))
        {
            foreach (EpochSection section in epoch)
            {
                foreach (EpochEntry entry in section)
                {
                    sum += BinaryPrimitives.ReadInt64LittleEndian(entry.Key) + entry.Value[ValueSize - 1];
                    count++;
                }
            }
        }

        if (count < keys || sum == 0)
        {
            throw new InvalidOperationException($"Of {keys} entries {count} came back.");
        }
    }

    private static TimeSpan Measure(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start);
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static string Speed(long bytes, TimeSpan time) => $"{bytes / time.TotalSeconds / 1e9,5:F2} GB/s";
}
