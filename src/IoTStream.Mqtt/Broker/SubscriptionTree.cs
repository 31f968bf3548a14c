using IoTStream.Mqtt.Protocol;

namespace IoTStream.Mqtt.Broker;

/// <summary>All subscriptions by the levels of their filters: finding those that match costs what the topic is deep, not how many there are.</summary>
/// <remarks>
/// Thread-safe. Matches are kept with the topic until any subscription changes, so that a broker whose subscriptions rest does not
/// walk the tree at all.
/// </remarks>
internal sealed class SubscriptionTree
{
    /// <summary>The most levels of a filter or topic: bounds the depth of the tree, which is walked recursively.</summary>
    public const int MaximumLevels = 200;

    private readonly Lock _lock = new();
    private readonly Node _root = new(null, "");
    private int _version;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public static bool IsTooDeep(string topicOrFilter) => topicOrFilter.AsSpan().Count('/') >= MaximumLevels;

    /// <summary>Adds a subscription or replaces the recipient's earlier one to the same filter.</summary>
    /// <returns>The subscription and whether it is new; null if the recipient has <paramref name="limit"/> others.</returns>
    public (Delivery Delivery, bool IsNew)? Subscribe(Recipient recipient, TopicSubscription options, int identifier, int limit)
    {
        lock (_lock)
        {
            bool exists = recipient.Subscriptions.TryGetValue(options.Filter, out Subscription? subscription);
            if (subscription is null)
            {
                if (recipient.Subscriptions.Count >= limit)
                {
                    return null;
                }

                subscription = new Subscription(recipient, options.Filter) { Options = options };
                Insert(subscription);
                recipient.Subscriptions.Add(options.Filter, subscription);
                _count++;
            }

            subscription.Options = options;
            subscription.Identifier = identifier;
            _version++;
            return (Delivery.Of(subscription), !exists);
        }
    }

    /// <returns>False if there was no such subscription.</returns>
    public bool Unsubscribe(Recipient recipient, string filter)
    {
        lock (_lock)
        {
            if (!recipient.Subscriptions.Remove(filter, out Subscription? subscription))
            {
                return false;
            }

            Remove(subscription);
            return true;
        }
    }

    public void UnsubscribeAll(Recipient recipient)
    {
        lock (_lock)
        {
            foreach (Subscription subscription in recipient.Subscriptions.Values)
            {
                Remove(subscription);
            }

            recipient.Subscriptions.Clear();
        }
    }

    /// <summary>The subscriptions of a recipient.</summary>
    public IReadOnlyList<TopicSubscription> Of(Recipient recipient)
    {
        lock (_lock)
        {
            return [.. recipient.Subscriptions.Values.Select(subscription => subscription.Options)];
        }
    }

    /// <summary>Tells the journal the subscriptions of a recipient.</summary>
    public void WriteAll(Recipient recipient, Journal journal)
    {
        lock (_lock)
        {
            foreach (Subscription subscription in recipient.Subscriptions.Values)
            {
                journal.Subscribed(recipient.StoredAs, subscription.Options, subscription.Identifier);
            }
        }
    }

    /// <summary>Removes all subscriptions of a recipient but those to some filters.</summary>
    /// <returns>The filters of those that were removed.</returns>
    public IReadOnlyList<string> UnsubscribeFromOthers(Recipient recipient, IReadOnlyCollection<string> filters)
    {
        lock (_lock)
        {
            string[] others = [.. recipient.Subscriptions.Keys.Except(filters, StringComparer.Ordinal)];
            foreach (string other in others)
            {
                recipient.Subscriptions.Remove(other, out Subscription? subscription);
                Remove(subscription!);
            }

            return others;
        }
    }

    /// <summary>The members of a shared subscription; null if it has none.</summary>
    /// <param name="filter">The whole filter.</param>
    public SharedRoute? FindShare(string filter)
    {
        ReadOnlySpan<char> rest = filter.AsSpan(TopicFilter.StartOf(filter));
        lock (_lock)
        {
            Node? node = _root;
            Subscribers? subscribers = null;
            foreach (Range range in rest.Split('/'))
            {
                ReadOnlySpan<char> level = rest[range];
                if (level is "#")
                {
                    subscribers = node?.Below;
                    break;
                }

                node = level is "+" ? node?.Any : node?.Find(level);
                subscribers = node?.Here;
            }

            return subscribers?.FindGroup(TopicFilter.ShareNameOf(filter)!) is { } group
                ? new SharedRoute(group, [.. group.Members.Select(Delivery.Of)])
                : null;
        }
    }

    /// <summary>Who gets messages of the topic.</summary>
    public Route Find(TopicName topic)
    {
        if (topic.Attachment is Route known && known.Version == Volatile.Read(ref _version))
        {
            return known;
        }

        if (IsTooDeep(topic.Text))
        {
            throw new MqttProtocolException(MqttReasonCode.TopicNameInvalid, $"A topic with more than {MaximumLevels} levels is not accepted.");
        }

        lock (_lock)
        {
            var builder = new Route.Builder();
            Match(_root, topic.Text, isFirst: true, builder);
            Route route = builder.Build(_version);
            topic.Attachment = route;
            return route;
        }
    }

    private static void Match(Node node, ReadOnlySpan<char> topic, bool isFirst, Route.Builder builder)
    {
        // Wildcards in front do not match topics that the broker keeps for itself (section 4.7.2).
        bool wildcards = !isFirst || topic[0] != '$';
        if (wildcards)
        {
            builder.Add(node.Below);
        }

        int end = topic.IndexOf('/');
        ReadOnlySpan<char> level = end < 0 ? topic : topic[..end];
        if (node.Find(level) is { } child)
        {
            Continue(child, topic, end, builder);
        }

        if (wildcards && node.Any is { } any)
        {
            Continue(any, topic, end, builder);
        }
    }

    private static void Continue(Node node, ReadOnlySpan<char> topic, int end, Route.Builder builder)
    {
        if (end >= 0)
        {
            Match(node, topic[(end + 1)..], isFirst: false, builder);
            return;
        }

        // "a/#" also matches "a".
        builder.Add(node.Here);
        builder.Add(node.Below);
    }

    private void Insert(Subscription subscription)
    {
        Node node = _root;
        Subscribers? subscribers = null;
        foreach (Range range in subscription.Filter.Split('/'))
        {
            ReadOnlySpan<char> level = subscription.Filter[range];
            if (level is "#")
            {
                subscribers = node.Below ??= new Subscribers();
                break;
            }

            node = level is "+" ? node.Any ??= new Node(node, "+") : node.FindOrAdd(level);
        }

        subscribers ??= node.Here ??= new Subscribers();
        subscription.Node = node;
        subscribers.Add(subscription);
    }

    private void Remove(Subscription subscription)
    {
        subscription.Subscribers!.Remove(subscription);
        subscription.Node!.Prune();
        _count--;
        _version++;
    }

    /// <summary>A level of the filters. Most nodes have one child, which then needs no dictionary.</summary>
    internal sealed class Node(Node? parent, string level)
    {
        private Node? _onlyChild;
        private Dictionary<string, Node>? _children;

        /// <summary>The child for "+".</summary>
        public Node? Any { get; set; }

        /// <summary>The subscriptions whose filter ends here.</summary>
        public Subscribers? Here { get; set; }

        /// <summary>The subscriptions whose filter ends here with "/#".</summary>
        public Subscribers? Below { get; set; }

        private bool IsEmpty => _onlyChild is null && Any is null && _children is not { Count: > 0 }
            && Here is not { IsEmpty: false } && Below is not { IsEmpty: false };

        public Node? Find(ReadOnlySpan<char> name)
        {
            if (_onlyChild is not null)
            {
                return name.SequenceEqual(_onlyChild.Name) ? _onlyChild : null;
            }

            return _children is not null && _children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(name, out Node? child)
                ? child
                : null;
        }

        public Node FindOrAdd(ReadOnlySpan<char> name)
        {
            if (Find(name) is { } known)
            {
                return known;
            }

            var child = new Node(this, name.ToString());
            if (_onlyChild is null && _children is null)
            {
                _onlyChild = child;
                return child;
            }

            if (_onlyChild is { } first)
            {
                _children = new Dictionary<string, Node>(StringComparer.Ordinal) { { first.Name, first } };
                _onlyChild = null;
            }

            _children!.Add(child.Name, child);
            return child;
        }

        /// <summary>Takes the node, and those above it, out of the tree if they serve nobody any more.</summary>
        public void Prune()
        {
            for (Node node = this; node.IsEmpty && node.Parent is { } above; node = above)
            {
                above.RemoveChild(node);
            }
        }

        private string Name { get; } = level;

        private Node? Parent { get; } = parent;

        private void RemoveChild(Node child)
        {
            if (ReferenceEquals(Any, child))
            {
                Any = null;
            }
            else if (ReferenceEquals(_onlyChild, child))
            {
                _onlyChild = null;
            }
            else
            {
                _children!.Remove(child.Name);
            }
        }
    }
}
