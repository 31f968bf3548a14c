namespace IoTStream.Mqtt.Broker;

/// <summary>The subscriptions to one topic filter. Guarded by the <see cref="SubscriptionTree"/>.</summary>
internal sealed class Subscribers
{
    private Dictionary<string, ShareGroup>? _groups;

    /// <summary>Those that are not shared. Most filters have one.</summary>
    public List<Subscription> Own { get; } = new(capacity: 1);

    public IEnumerable<ShareGroup> Groups => _groups is null ? [] : _groups.Values;

    public bool IsEmpty => Own.Count == 0 && _groups is not { Count: > 0 };

    public ShareGroup? FindGroup(string name) => _groups?.GetValueOrDefault(name);

    public void Add(Subscription subscription)
    {
        List<Subscription> siblings = Own;
        if (subscription.ShareName is { } name)
        {
            _groups ??= new Dictionary<string, ShareGroup>(StringComparer.Ordinal);
            if (!_groups.TryGetValue(name, out ShareGroup? group))
            {
                _groups.Add(name, group = new ShareGroup(name));
            }

            siblings = group.Members;
        }

        subscription.Subscribers = this;
        subscription.Index = siblings.Count;
        siblings.Add(subscription);
    }

    public void Remove(Subscription subscription)
    {
        ShareGroup? group = subscription.ShareName is { } name ? _groups![name] : null;
        List<Subscription> siblings = group?.Members ?? Own;
        Subscription last = siblings[^1];
        siblings[subscription.Index] = last;
        last.Index = subscription.Index;
        siblings.RemoveAt(siblings.Count - 1);
        if (group is { Members.Count: 0 })
        {
            _groups!.Remove(group.Name);
        }
    }
}
