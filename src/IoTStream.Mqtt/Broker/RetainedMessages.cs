using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>The last retained message of each topic, by the topics' levels (section 3.3.1.3). Thread-safe.</summary>
internal sealed class RetainedMessages(int limit, long byteLimit)
{
    private const int MessagesAtATime = 256;
    private readonly Lock _lock = new();
    private readonly Node _root = new();
    private int _count;
    private long _bytes;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Keeps the message in place of the topic's earlier one; an empty one just removes that.</summary>
    /// <param name="publication">The message.</param>
    /// <param name="journal">Is told, unless it is null.</param>
    /// <returns>False if there are too many topics or bytes already.</returns>
    public bool Set(Publication publication, Journal? journal = null)
    {
        // What the broker tells of itself says nothing about its next life.
        journal = SystemTopics.Has(publication.Topic.Text) ? null : journal;
        lock (_lock)
        {
            int before = _count;
            bool isSet = TrySet(publication, isFull: journal is { IsFull: true });
            if (isSet && !publication.Payload.IsEmpty)
            {
                journal?.Retained(publication.Keep());
            }
            else if (_count < before)
            {
                journal?.NotRetained(publication.Topic.Text);
            }

            return isSet;
        }
    }

    /// <summary>Tells the journal all messages, some at a time.</summary>
    public IEnumerable<bool> WriteAll(Journal journal)
    {
        var all = new List<Publication>();
        lock (_lock)
        {
            _root.CollectAll(withoutReserved: true, all);
        }

        foreach (Publication[] some in all.Chunk(MessagesAtATime))
        {
            Write(some, journal);
            yield return true;
        }
    }

    /// <summary>The messages of all topics that match; expired ones are removed on the way.</summary>
    public List<Publication> Find(string filter, TimeSpan now)
    {
        var found = new List<Publication>();
        var expired = new List<string>();
        lock (_lock)
        {
            Collect(_root, filter, isFirst: true, found);
            for (int i = found.Count - 1; i >= 0; i--)
            {
                if (found[i].ExpiresAt <= now)
                {
                    expired.Add(found[i].Topic.Text);
                    found.RemoveAt(i);
                }
            }

            // The journal is not told: what it has expires there, too.
            foreach (string topic in expired)
            {
                Remove(_root, topic);
            }
        }

        return found;
    }

    private bool TrySet(Publication publication, bool isFull)
    {
        if (publication.Payload.IsEmpty)
        {
            Remove(_root, publication.Topic.Text);
            return true;
        }

        if (isFull || (_bytes + publication.Size > byteLimit && _bytes - SizeAt(publication.Topic.Text) + publication.Size > byteLimit))
        {
            // No message is better than one that is not the last any more.
            Remove(_root, publication.Topic.Text);
            return false;
        }

        Node node = _root;
        bool full = _count >= limit;
        foreach (Range range in publication.Topic.Text.AsSpan().Split('/'))
        {
            Node? child = node.Find(publication.Topic.Text.AsSpan()[range]);
            if (child is null && full)
            {
                return false;
            }

            node = child ?? node.Add(publication.Topic.Text[range]);
        }

        if (node.Message is null)
        {
            if (full)
            {
                return false;
            }

            _count++;
        }

        _bytes += publication.Size - (node.Message?.Size ?? 0);
        node.Message = publication.Keep();
        return true;
    }

    private void Write(Publication[] messages, Journal journal)
    {
        lock (_lock)
        {
            foreach (Publication publication in messages)
            {
                // One that was replaced meanwhile has been told.
                if (ReferenceEquals(FindAt(publication.Topic.Text)?.Message, publication))
                {
                    journal.Retained(publication);
                }
            }
        }
    }

    private static void Collect(Node node, ReadOnlySpan<char> filter, bool isFirst, List<Publication> found)
    {
        if (filter is "#")
        {
            // "a/#" also matches "a".
            node.CollectAll(isFirst, found);
            return;
        }

        int end = filter.IndexOf('/');
        ReadOnlySpan<char> level = end < 0 ? filter : filter[..end];
        if (level is not "+")
        {
            if (node.Find(level) is { } child)
            {
                Continue(child, filter, end, found);
            }

            return;
        }

        foreach ((string name, Node child) in node.Children)
        {
            if (!isFirst || !name.StartsWith('$'))
            {
                Continue(child, filter, end, found);
            }
        }
    }

    private static void Continue(Node node, ReadOnlySpan<char> filter, int end, List<Publication> found)
    {
        if (end >= 0)
        {
            Collect(node, filter[(end + 1)..], isFirst: false, found);
        }
        else if (node.Message is not null)
        {
            found.Add(node.Message);
        }
    }

    private long SizeAt(string topic) => FindAt(topic)?.Message?.Size ?? 0;

    private Node? FindAt(string topic)
    {
        Node? node = _root;
        foreach (Range range in topic.AsSpan().Split('/'))
        {
            node = node?.Find(topic.AsSpan()[range]);
        }

        return node;
    }

    private bool Remove(Node node, ReadOnlySpan<char> topic)
    {
        int end = topic.IndexOf('/');
        ReadOnlySpan<char> level = end < 0 ? topic : topic[..end];
        if (node.Find(level) is not { } child)
        {
            return false;
        }

        if (end >= 0)
        {
            Remove(child, topic[(end + 1)..]);
        }
        else if (child.Message is not null)
        {
            _bytes -= child.Message.Size;
            child.Message = null;
            _count--;
        }

        return child.IsEmpty && node.Remove(level);
    }

    private sealed class Node
    {
        private static readonly Dictionary<string, Node> None = [];
        private Dictionary<string, Node>? _children;

        public Publication? Message { get; set; }

        public Dictionary<string, Node> Children => _children ?? None;

        public bool IsEmpty => Message is null && Children.Count == 0;

        public Node? Find(ReadOnlySpan<char> name) =>
            Children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out Node? child) ? child : null;

        public Node Add(string name)
        {
            var child = new Node();
            (_children ??= new Dictionary<string, Node>(StringComparer.Ordinal)).Add(name, child);
            return child;
        }

        public bool Remove(ReadOnlySpan<char> name) =>
            _children!.GetAlternateLookup<ReadOnlySpan<char>>().Remove(name);

        public void CollectAll(bool withoutReserved, List<Publication> found)
        {
            if (Message is not null)
            {
                found.Add(Message);
            }

            foreach ((string name, Node child) in Children)
            {
                if (!withoutReserved || !name.StartsWith('$'))
                {
                    child.CollectAll(withoutReserved: false, found);
                }
            }
        }
    }
}
