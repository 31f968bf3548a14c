using System.Globalization;

namespace IoTStream.Mqtt.Connectors;

/// <summary>
/// The highest message identifier of each publisher, to recognise what it publishes again: identifiers <c>LOG/SINK/EPOCH/NUMBER</c> of one log and sink grow, but for those. What has come is
/// one thing, and what of it the job has been handed is another, which is what its epochs hold.
/// </summary>
/// <remarks>Thread-safe. Of publishers that are too many the one is forgotten that was not heard of for longest.</remarks>
internal sealed class SeenIdentifiers
{
    private const int MostPublishers = 1024;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Publisher> _publishers = new(StringComparer.Ordinal);
    private readonly Queue<(long Item, Publisher Publisher, long Epoch, long Number)> _pending = new();
    private long _heard;

    /// <summary>How many messages were passed over.</summary>
    public long Repeated { get; private set; }

    /// <summary>Looks at an identifier.</summary>
    /// <param name="identifier">The identifier; any other text is no identifier, and never seen.</param>
    /// <param name="item">The number that the message gets among the items of the reader, if it is new.</param>
    /// <returns>Whether it is one that has been seen.</returns>
    public bool IsRepeated(string identifier, long item)
    {
        if (!TryParse(identifier, out ReadOnlySpan<char> name, out long epoch, out long number))
        {
            return false;
        }

        lock (_lock)
        {
            Publisher publisher = Find(name);
            publisher.Heard = ++_heard;
            if ((epoch, number).CompareTo(publisher.Highest) <= 0)
            {
                Repeated++;
                return true;
            }

            publisher.Highest = (epoch, number);
            _pending.Enqueue((item, publisher, epoch, number));
            return false;
        }
    }

    /// <summary>The job has been handed all items up to one.</summary>
    public void Take(long item)
    {
        lock (_lock)
        {
            while (_pending.TryPeek(out (long Item, Publisher Publisher, long Epoch, long Number) first) && first.Item <= item)
            {
                _pending.Dequeue();
                first.Publisher.Taken = (first.Epoch, first.Number);
            }
        }
    }

    /// <summary>The publishers, and the highest identifier of each that the job has been handed.</summary>
    public (string Name, long Epoch, long Number)[] Taken()
    {
        lock (_lock)
        {
            return [.. _publishers.Values.Where(static publisher => publisher.Taken.Epoch > 0)
                .Select(static publisher => (publisher.Name, publisher.Taken.Epoch, publisher.Taken.Number))];
        }
    }

    /// <summary>Enters what was seen in an earlier life of the job.</summary>
    public void Restore(string name, long epoch, long number)
    {
        lock (_lock)
        {
            Publisher publisher = Find(name);
            publisher.Heard = ++_heard;
            publisher.Highest = (epoch, number);
            publisher.Taken = (epoch, number);
        }
    }

    private static bool TryParse(string identifier, out ReadOnlySpan<char> name, out long epoch, out long number)
    {
        // The name of a sink may have slashes.
        ReadOnlySpan<char> rest = identifier;
        int last = rest.LastIndexOf('/');
        int before = last < 0 ? -1 : rest[..last].LastIndexOf('/');
        number = 0;
        epoch = 0;
        name = before < 0 ? default : rest[..before];
        return before > 0
            && long.TryParse(rest[(last + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && long.TryParse(rest[(before + 1)..last], NumberStyles.None, CultureInfo.InvariantCulture, out epoch)
            && epoch > 0;
    }

    private Publisher Find(ReadOnlySpan<char> name)
    {
        if (!_publishers.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out Publisher? publisher))
        {
            if (_publishers.Count == MostPublishers)
            {
                _publishers.Remove(_publishers.Values.MinBy(static other => other.Heard)!.Name);
            }

            publisher = new Publisher(name.ToString());
            _publishers.Add(publisher.Name, publisher);
        }

        return publisher;
    }

    private sealed class Publisher(string name)
    {
        public string Name { get; } = name;

        public long Heard { get; set; }

        /// <summary>Of what has come.</summary>
        public (long Epoch, long Number) Highest { get; set; }

        /// <summary>Of what the job has been handed.</summary>
        public (long Epoch, long Number) Taken { get; set; }
    }
}
