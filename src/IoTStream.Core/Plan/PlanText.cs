using System.Text;

namespace IoTStream.Plan;

/// <summary>Shows a plan to people.</summary>
internal static class PlanText
{
    public static string Explain(string topology, IReadOnlyList<Node> nodes)
    {
        var text = new StringBuilder();
        text.Append("topology ").AppendLine(topology);
        int widest = nodes.Max(node => node.Name.Length);
        foreach (Node node in nodes)
        {
            text.Append("  ").Append(node.Name.PadRight(widest)).Append("  ").Append(node.Kind);
            if (node.Details.Length > 0)
            {
                text.Append(": ").Append(node.Details);
            }

            if (node.ErrorPolicy is not (null or Operators.ErrorPolicy.Fail))
            {
                text.Append(", on error ").Append(node.ErrorPolicy);
            }

            if (InputsOf(node, nodes) is { Count: > 0 } inputs)
            {
                text.Append("  <- ").AppendJoin(", ", inputs.Select(input => input.Name));
            }

            text.AppendLine();
        }

        AppendDelivery(text, nodes);
        return text.ToString();
    }

    public static string ToMermaid(IReadOnlyList<Node> nodes)
    {
        var text = new StringBuilder("flowchart LR\n");
        Dictionary<Node, string> ids = nodes.Select((node, index) => (node, index)).ToDictionary(pair => pair.node, pair => $"n{pair.index}");
        foreach (Node node in nodes)
        {
            (string open, string close) = node.Kind switch
            {
                NodeKind.Source => ("([", "])"),
                NodeKind.Sink or NodeKind.ForEach or NodeKind.Table => ("[(", ")]"),
                NodeKind.KeyBy or NodeKind.Rebalance => ("{{", "}}"),
                _ => ("[", "]"),
            };
            text.Append("    ").Append(ids[node]).Append(open).Append('"').Append(Escape(node.Name)).Append("<br/>")
                .Append(Escape(node.Details.Length > 0 ? $"{node.Kind}: {node.Details}" : node.Kind.ToString())).Append('"').Append(close).Append('\n');
        }

        foreach (Node node in nodes)
        {
            foreach (Node input in InputsOf(node, nodes))
            {
                text.Append("    ").Append(ids[input]).Append(node.Kind == NodeKind.DeadLetters ? " -.-> " : " --> ").Append(ids[node]).Append('\n');
            }
        }

        return text.ToString();
    }

    private static void AppendDelivery(StringBuilder text, IReadOnlyList<Node> nodes)
    {
        List<DeliveryPath> paths = [.. DeliveryPath.Of(nodes)];
        if (paths.Count == 0)
        {
            return;
        }

        text.AppendLine("delivery with an epoch log, without one at most once");
        foreach (DeliveryPath path in paths)
        {
            text.Append("  ").Append(path.Source.Name).Append(" -> ").Append(path.End.Name).Append(": ").Append(DeliveryPath.InWords(path.Delivery));
            if (path.Reason.Length > 0)
            {
                text.Append(", because ").Append(path.Reason);
            }

            text.AppendLine();
        }
    }

    private static IReadOnlyList<Node> InputsOf(Node node, IReadOnlyList<Node> nodes) =>
        node is DeadLettersNode deadLetters ? [.. deadLetters.Contributors.Where(nodes.Contains)] : node.Inputs;

    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("\"", "&quot;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal);
}
