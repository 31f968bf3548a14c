using IoTStream.Disk;

namespace IoTStream.Log;

/// <summary>
/// The topics that this process writes. A topic has one log and one writer a process, whatever jobs and sinks there are, so this is the one place that all of them
/// share; readers of the process find the writer here and hear from it what is durable. Thread-safe.
/// </summary>
internal static class TopicWriters
{
    private static readonly Lock Guard = new();
    private static readonly Dictionary<string, (TopicWriter Writer, int Uses)> Open = new(StringComparer.Ordinal);

    /// <summary>Opens the topic, or shares it if it is open. What the queue says counts for the first.</summary>
    public static TopicWriter Acquire(string path, DurableQueue queue, TimeProvider timeProvider)
    {
        lock (Guard)
        {
            (TopicWriter? writer, int uses) = Open.GetValueOrDefault(path);
            writer ??= TopicWriter.Open(DiskDirectory.Ensure(path), queue, timeProvider);
            Open[path] = (writer, uses + 1);
            return writer;
        }
    }

    /// <summary>Gives back what <see cref="Acquire"/> gave; the last one closes the topic.</summary>
    public static void Release(string path)
    {
        lock (Guard)
        {
            (TopicWriter writer, int uses) = Open[path];
            if (uses > 1)
            {
                Open[path] = (writer, uses - 1);
                return;
            }

            Open.Remove(path);
            writer.Dispose();
        }
    }

    /// <summary>The writer of a topic, if this process has it open.</summary>
    public static TopicWriter? Find(string path)
    {
        lock (Guard)
        {
            return Open.GetValueOrDefault(path).Writer;
        }
    }
}
